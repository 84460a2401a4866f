/** What we use of Harper's MQTT server, which its own types lack. To be looked at first when Harper changes. */
import { server } from 'harperdb';
import type { User } from './access.ts';

/** A packet as mqtt-packet reads it. */
export interface Packet {
	cmd?: string;
	/** Of a PUBLISH. */
	topic?: string;
	/** Of a PUBLISH. */
	qos?: 0 | 1 | 2;
	messageId?: number;
	/** Of a CONNECT. */
	clientId?: string;
	/** Of a CONNECT: 4 is MQTT 3.1.1. */
	protocolVersion?: number;
	clean?: boolean;
	will?: Will;
}

/** Harper replaces the payload by what it decodes, and adds the client id and the account, before it stores it. */
export interface Will {
	topic: string;
	retain?: boolean;
	data?: unknown;
}

/** A TCP socket or a WebSocket. */
export interface MqttSocket {
	destroyed?: boolean;
	readyState: string | number;
	pause(): void;
	resume(): void;
	/** Of a TCP socket. */
	write?(bytes: Uint8Array): void;
	destroySoon?(): void;
	/** The same of a WebSocket. */
	send?(bytes: Uint8Array): void;
	close?(): void;
}

/** One connection of a client. */
export interface MqttSession {
	sessionId: string;
	user: User;
	/** Stores a PUBLISH; Harper acknowledges it then, and does not wait for it before it reads on. */
	publish(packet: Packet, data: unknown): Promise<unknown>;
	/** Begins again what a durable session was subscribed to. */
	resume(...args: unknown[]): Promise<unknown>;
	/** A SUBSCRIBE, for each of its topics. */
	addSubscription(...args: unknown[]): Promise<unknown>;
	/** Harper calls it when the connection ends; `properly` is: after a DISCONNECT. */
	disconnect(properly?: boolean): void;
}

interface MqttServer {
	/** Is asked for every CONNECT, before Harper answers it. */
	authorizeClient?: (packet: Packet, user: User) => void;
	events: {
		on(event: 'error', listener: (error: Error, socket: unknown, packet?: Packet, session?: MqttSession) => void): void;
		on(event: 'connected', listener: (session: MqttSession, socket: MqttSocket) => void): void;
		on(event: 'auth-failed', listener: (packet: Packet) => void): void;
	};
}

/** Undefined on a Harper that speaks no MQTT. */
export const mqttServer = () => (server as unknown as { mqtt?: MqttServer }).mqtt;
