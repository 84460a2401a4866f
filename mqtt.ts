/** What we use of Harper's MQTT server, which its own types lack. To be looked at first when Harper changes. */
import { server } from 'harperdb';
import type { User } from './access.ts';

/** A packet as mqtt-packet reads it. */
export interface Packet {
	cmd?: string;
	/** Of a PUBLISH. */
	topic?: string;
	/** Of a CONNECT. */
	clientId?: string;
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
	/** Decodes payloads; Harper's own by the content type of the WebSocket, if there is none. */
	deserialize?: (payload: Buffer) => unknown;
}

/** One connection of a client. */
export interface MqttSession {
	sessionId: string;
	user: User;
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
		on(event: 'connection', listener: (socket: MqttSocket) => void): void;
		on(event: 'auth-failed', listener: (packet: Packet) => void): void;
	};
}

/** Undefined on a Harper that speaks no MQTT. */
export const mqttServer = () => (server as unknown as { mqtt?: MqttServer }).mqtt;
