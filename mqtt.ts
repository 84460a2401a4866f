/** What we use of Harper's MQTT server, which its own types lack. To be looked at first when Harper changes. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
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

/** Of a SUBSCRIBE. */
export interface Filter {
	topic: string;
	/** Of MQTT 5: retain handling. */
	rh?: 0 | 1 | 2;
}

/** TCP and TLS, or a WebSocket. */
export type MqttSocket = (Socket | WebSocket) & {
	/** Decodes payloads; Harper's own by the content type of the WebSocket, if there is none. */
	deserialize?: (payload: Buffer) => unknown;
};

/** One connection of a client. */
export interface MqttSession {
	sessionId: string;
	user: User;
	subscriptions: { topic: string; end(): void }[];
	/** Is said in the CONNACK. */
	sessionWasPresent?: boolean;
	/** Of a durable session: what is stored of it. */
	sessionRecord?: { subscriptions?: object[] };
	/** Stores a PUBLISH; Harper acknowledges it then, and does not wait for it before it reads on. */
	publish(packet: Packet, data: unknown): Promise<unknown>;
	/** Begins again what a durable session was subscribed to. */
	resume(...args: unknown[]): Promise<unknown>;
	/** A SUBSCRIBE, for each of its topics: the first argument is a `Filter`. */
	addSubscription(...args: unknown[]): Promise<unknown>;
	/** An UNSUBSCRIBE, for each of its topics. Harper does not wait for it. */
	removeSubscription(topic: string): Promise<unknown>;
	/** Harper calls it when the connection ends; `properly` is: after a DISCONNECT. */
	disconnect(properly?: boolean): void;
}

interface MqttServer {
	/** Is asked for every CONNECT, before Harper answers it. */
	authorizeClient?: (packet: Packet, user: User) => void;
	events: {
		on(event: 'error', listener: (error: Error, socket: unknown, packet?: Packet, session?: MqttSession) => void): void;
		emit(event: 'error', error: Error, socket: MqttSocket, packet: Packet, session: MqttSession): void;
		/** Before Harper listens to the socket. */
		on(event: 'connection', listener: (socket: MqttSocket) => void): void;
		/** Before Harper sends the CONNACK. */
		on(event: 'connected', listener: (session: MqttSession, socket: MqttSocket) => void): void;
		on(event: 'auth-failed', listener: (packet: Packet, socket: MqttSocket) => void): void;
	};
}

/** Undefined on a Harper that speaks no MQTT. */
export const mqttServer = () => (server as unknown as { mqtt?: MqttServer }).mqtt;

/** Ends a connection at once, whatever its client has not taken. */
export const destroy = (socket: MqttSocket) => ('send' in socket ? socket.terminate() : socket.destroy());
