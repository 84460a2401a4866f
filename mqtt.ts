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
	properties?: { willDelayInterval?: number };
	retain?: boolean;
	data?: unknown;
}

/** TCP and TLS, or a WebSocket. */
export type MqttSocket = (Socket | WebSocket) & {
	/** Decodes payloads; Harper's own by the content type of the WebSocket, if there is none. */
	deserialize?: (payload: Buffer) => unknown;
};

/** What a SUBSCRIBE asks for. */
export interface Subscription {
	topic: string;
	qos: 0 | 1 | 2;
	/** Of a durable session: from when its client has not acknowledged. */
	startTime?: number;
}

/** Sends a message. False: its subscription ends. */
type Listener = (
	topic: string,
	message: unknown,
	messageId: number,
	subscription: Subscription
) => boolean | Promise<boolean>;

/** One connection of a client. */
export interface MqttSession {
	sessionId: string;
	user: User;
	subscriptions: { topic: string; qos: 0 | 1 | 2; startTime?: number; end(): void }[];
	/** Of a durable session: what is stored of it. */
	sessionRecord?: { subscriptions?: object[] };
	/** Whether Harper is to resume it. */
	sessionWasPresent?: boolean;
	/** Stores a PUBLISH; Harper acknowledges it then, and does not wait for it before it reads on. */
	publish(packet: Packet, data: unknown): Promise<unknown>;
	/** Begins again what a durable session was subscribed to. */
	resume(...args: unknown[]): Promise<unknown>;
	/** A SUBSCRIBE, for each of its topics. */
	addSubscription(subscription: Subscription, isKept: boolean): Promise<{ qos: number } | undefined>;
	/** Of a durable session: one that was stored, or is new. `isKept`: what is not acknowledged is told again. */
	resumeSubscription?(subscription: Subscription, isKept: boolean, filter?: unknown): Promise<unknown>;
	/** Of a durable session: stores what it is subscribed to. */
	saveSubscriptions?(): void;
	/** @returns whether it was subscribed to: what Harper tells over MQTT 5 */
	removeSubscription(topic: string): unknown;
	/** A PUBACK or PUBCOMP. */
	acknowledge(messageId: number): void;
	/** How a message is sent. */
	setListener(listener: Listener): void;
	/** Harper calls it when the connection ends; `properly` is: after a DISCONNECT. Resolves when its will is published. */
	disconnect(properly?: boolean): void | Promise<void>;
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
