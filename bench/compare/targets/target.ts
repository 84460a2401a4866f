/** What the comparison needs of each thing that it measures. The works know nothing else of a target. */

export const TARGETS = {
	'application-2': 'this application, 2 threads',
	'application-1': 'this application, 1 thread',
	'bare-table-2': 'bare table, 2 threads',
	'bare-table-1': 'bare table, 1 thread',
	'stitched': 'mosquitto + PostgreSQL + service',
	'floor': 'floor: empty handler, mosquitto alone',
} as const;

export type TargetName = keyof typeof TARGETS;

/** A server of a target, which a person would have to run: with its own process id, and perhaps with child processes. */
export interface Part {
	name: string;
	pid(): number;
	/** Kills it with SIGKILL, starts it again, and resolves when it answers. */
	killAndStart(): Promise<void>;
}

/** The MQTT message with which a device writes. */
export interface DeviceMessage {
	topic: string;
	payload: string;
	retain: boolean;
}

export interface Target {
	name: TargetName;
	url: string;
	mqttUrl: string;
	/** Threads of the HTTP server among which the kernel distributes the connections. `GET /Thread/` says which one it is. */
	threads: number;
	/** Whether it stores and answers signs. The floor does not. */
	hasSigns: boolean;
	/** Whether a sign's `revision` counts the stored writes. The bare table stores the number that the client gives. */
	countsRevisions: boolean;
	/** Its WebSockets send the events of a sign too. */
	hasWebSocket: boolean;
	parts: Part[];
	/** The body of a PUT: a complete sign. @param n how often the client has written this sign */
	body(id: string, message: string, n: number): string;
	/** The message of a device that changes `message`, at QoS 1. */
	deviceMessage(id: string, message: string, n: number): DeviceMessage;
	/** Ends all its processes, and removes its files. */
	stop(): Promise<void>;
}

/** What a target cannot be measured without, and how to get it. */
export class NotInstalled extends Error {}
