/**
 * One MQTT connection, between its socket and Harper. Every packet of either direction passes through it: it calls the
 * cure for the packet, and forwards packets without a cure unchanged.
 *
 * Depends on: Harper adds one listener for data and one for the end of a connection, after it has emitted `connection`,
 * and sends each packet with one call of `write` or `send`.
 * Delete when this folder has no cure.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { IConnectPacket, ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import {
	destroy,
	interceptSending,
	tcpSocketOf,
	type MqttSession,
	type MqttSocket,
	type Packet,
} from '../internals.ts';
import {
	LINGER_MS,
	MAX_PACKET_BYTES,
	MAX_CONNECT_BYTES,
	MAX_DROPPED_BYTES,
	MAX_MQTT_WEBSOCKET_BYTES,
} from '../bounds.ts';
import { intercept } from '../intercept.ts';
import { Framing, type InvalidPacket } from '../mqtt-framing.ts';
import { boundMessages } from '../websocket-messages.ts';
import { HeldPackets } from './held-packets.ts';
import { CONNECT, packetSize, typeOf, type Version } from './packets.ts';

/**
 * What the connection does with a packet of the client. `pass`: forwards it to Harper. `hold`: forwards it, and holds
 * all later packets until `release`. `drop`: does not forward it.
 */
export type Action = 'pass' | 'hold' | 'drop';
/** Called with a packet of the client. */
export type Receive = (connection: Connection, packet: Buffer) => Action;
/** Called with a packet of Harper. Returns the packet to send, if any. */
export type Send = (connection: Connection, packet: Buffer) => Buffer | undefined;

export interface Cures {
	/** By the first byte of the packet. */
	received: (Receive | undefined)[];
	/** By the type of the packet. */
	sent: (Send | undefined)[];
	/** Called when a packet of the client is malformed or too large. */
	onInvalid(connection: Connection, packet: InvalidPacket): void;
	/** Called when a packet of the client cannot be parsed. */
	onError(connection: Connection, error: unknown): void;
}

/** The connection whose CONNECT Harper is handling. */
export const connecting = new AsyncLocalStorage<Connection>();

type Listener = (...args: never[]) => void;

export class Connection {
	readonly socket: MqttSocket;
	/** The socket of TCP or TLS; for a WebSocket, the one below it. */
	readonly tcpSocket: Socket;
	/** The CONNECT as the client sent it. */
	connect: IConnectPacket | undefined;
	/** The CONNECT as Harper reads it. A change before Harper creates the session changes what Harper does. */
	packet: Packet | undefined;
	session: MqttSession | undefined;
	/** The client id that the server has assigned, if the client sent none. */
	assignedClientId: string | undefined;
	/** Ends the connection if the client sends no CONNECT in time. */
	connectTimer: NodeJS.Timeout | undefined;
	/** The SUBSCRIBE or UNSUBSCRIBE that Harper is handling. */
	subscribing: ISubscribePacket | IUnsubscribePacket | undefined;
	/** Another connection has taken over the session. */
	isTakenOver = false;
	/** The connection that has taken over began with a clean session. */
	isTakenByClean = false;
	/** The client's packets are no longer read. */
	isEnded = false;
	readonly #cures: Cures;
	readonly #framing = new Framing(MAX_CONNECT_BYTES, MAX_PACKET_BYTES);
	readonly #held: HeldPackets;
	readonly #write: (packet: Buffer) => unknown;
	#receive: (bytes: Buffer) => void = () => {};
	/** Reports the end of the connection to Harper, after the held packets. */
	#close: (() => void) | undefined;
	/** The packets that Harper sends before the CONNACK; undefined after the CONNACK. */
	#beforeConnack: Buffer[] | undefined = [];
	#droppedBytes = 0;

	constructor(socket: MqttSocket, cures: Cures) {
		this.socket = socket;
		this.tcpSocket = tcpSocketOf(socket);
		this.#cures = cures;
		this.#held = new HeldPackets(socket);
		const isWebSocket = 'send' in socket;
		if (isWebSocket) boundMessages(socket, MAX_CONNECT_BYTES);
		const write = interceptSending(socket, (packet) => this.sendAsHarper(packet));
		this.#write = isWebSocket ? write : this.#untilHalfClosed(write);
		intercept(socket, 'close', (close: Listener): Listener => (...args) => {
			this.#close = () => close(...args);
			if (!this.#held.isHolding) this.#reportClosed();
		});
		intercept(socket, isWebSocket ? 'message' : 'data', (receive: (bytes: Buffer) => void) => {
			this.#receive = receive;
			const handle = (packets: Buffer) => this.#handle(packets);
			return (bytes: Buffer) => {
				if (this.isEnded) return this.#drop(bytes);
				const invalid = this.#framing.take(bytes, handle);
				if (invalid && !this.isEnded) this.#cures.onInvalid(this, invalid);
			};
		});
	}

	/** Stops sending when the client has closed its side. */
	#untilHalfClosed(write: (packet: Buffer) => unknown): (packet: Buffer) => unknown {
		let isHalfClosed = false;
		this.tcpSocket.once('end', () => (isHalfClosed = true));
		return (packet) => isHalfClosed || write(packet);
	}

	get version(): Version {
		return (this.connect?.protocolVersion as Version) ?? 4;
	}

	/** Whether the connection has ended and no packet is held. Then its login need not be checked. */
	get destroyed(): boolean {
		return this.tcpSocket.destroyed && this.#held.isEmpty;
	}

	/** Calls `listener` when the connection closes, if it is `destroyed` then. */
	once(event: 'close', listener: () => void): void {
		this.tcpSocket.once(event, () => this.destroyed && listener());
	}

	/** Handles the held packets. */
	release(): void {
		if (!this.#held.isHolding) return;
		for (const packets of this.#held.release()) this.#handle(packets);
		if (!this.#held.isHolding) this.#reportClosed();
	}

	/** Forwards a packet when `ready` resolves, and later packets after it. */
	delay(packet: Buffer, ready: Promise<void>): void {
		this.#held.start();
		void ready.then(() => {
			this.#forward(packet);
			this.release();
		});
	}

	/** Sends the CONNACK, then the packets that waited for it. */
	open(connack: Buffer): void {
		if ('send' in this.socket) boundMessages(this.socket, MAX_MQTT_WEBSOCKET_BYTES);
		this.#write(connack);
		const packets = this.#beforeConnack ?? [];
		this.#beforeConnack = undefined;
		for (const packet of packets) this.#write(packet);
	}

	/** Sends a packet without calling a cure. */
	send(packet: Buffer): void {
		if (this.isEnded) return;
		if (this.#beforeConnack) this.#beforeConnack.push(packet);
		else this.#write(packet);
	}

	/**
	 * Ends the connection. The socket stays open for a short time: if data arrived at a closed socket, the client would
	 * lose the last packet.
	 * @param last the last packet, or the reason code of a DISCONNECT for MQTT 5
	 */
	end(last?: Buffer | number, webSocketCode?: number, webSocketReason?: string): void {
		if (this.isEnded) return;
		const packet = typeof last === 'number' ? this.#disconnectOf(last) : last;
		this.stop();
		if ('send' in this.socket) {
			if (packet && this.socket.readyState === this.socket.OPEN) this.#write(packet);
			this.socket.close(webSocketCode, webSocketReason);
		} else this.socket.end(packet ?? '');
		setTimeout(() => destroy(this.socket), LINGER_MS).unref();
	}

	/** Stops reading the client's packets. */
	stop(): void {
		this.isEnded = true;
		this.#held.discard();
		this.#reportClosed();
	}

	/** Reports the end of the connection to Harper, once. */
	#reportClosed(): void {
		const close = this.#close;
		this.#close = undefined;
		close?.();
	}

	#disconnectOf = (reason: number) =>
		this.version === 5 && !this.#beforeConnack ? Buffer.from([0xe0, 1, reason]) : undefined;

	/** Sends a packet of Harper, or a packet in its place: calls the cure for it first. */
	sendAsHarper(packet: Buffer): void {
		const cure = this.#cures.sent[typeOf(packet)];
		const changed = cure ? cure(this, packet) : packet;
		if (changed) this.send(changed);
	}

	/** Calls the cure for each packet. Forwards consecutive packets without a cure together. */
	#handle(packets: Buffer): void {
		const { received } = this.#cures;
		let start = 0;
		let at = 0;
		while (at < packets.length) {
			if (this.isEnded) return;
			if (this.#held.isHolding) return this.#held.add(packets.subarray(at));
			const next = at + packetSize(packets, at);
			const cure = received[packets[at]!];
			if (cure) {
				if (start < at) this.#forward(packets.subarray(start, at));
				const packet = packets.subarray(at, next);
				const action = this.isEnded ? 'drop' : this.#callCure(cure, packet);
				if (action === 'hold') this.#held.start();
				if (action !== 'drop') this.#forward(packet);
				start = next;
			}
			at = next;
		}
		if (start < at) this.#forward(start ? packets.subarray(start, at) : packets);
	}

	/** A cure throws when it cannot parse the packet. */
	#callCure(cure: Receive, packet: Buffer): Action {
		try {
			return cure(this, packet);
		} catch (error) {
			this.#cures.onError(this, error);
			return 'drop';
		}
	}

	/** Gives packets to Harper. */
	#forward(packets: Buffer): void {
		try {
			if (packets[0] === CONNECT) connecting.run(this, this.#receive, packets);
			else this.#receive(packets);
		} catch (error) {
			this.#cures.onError(this, error);
		}
	}

	#drop({ length }: Buffer): void {
		this.#droppedBytes += length;
		if (this.#droppedBytes > MAX_DROPPED_BYTES) this.socket.pause();
	}
}

/** The name of a connection in the log. */
export const nameOf = ({ session }: Connection) => session?.sessionId ?? 'a stranger';
