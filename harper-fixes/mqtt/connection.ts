/**
 * One client's connection, between its socket and Harper. Each packet passes here once in either direction: what no cure asks for
 * is handed on as it came. Knows of no single cure. Delete when the folder has no cure.
 *
 * Asks Harper that it adds one listener for what comes in and one for the end after it has emitted `connection`, and that it
 * sends each packet by one call of `write` or `send`.
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
import { CONNECT, packetSize, typeOf, type Version } from './packets.ts';

/** What becomes of a packet that came in; `hold`: Harper gets it, and nothing after it until `release`. */
export type Fate = 'pass' | 'hold' | 'drop';
/** Is asked for a packet that came in. */
export type Receive = (connection: Connection, packet: Buffer) => Fate;
/** Is asked for a packet of Harper's. Returns what is sent, if anything is. */
export type Send = (connection: Connection, packet: Buffer) => Buffer | undefined;

/** The cures: by the first byte of what comes in, and by the type of what goes out. */
export interface Cures {
	received: (Receive | undefined)[];
	sent: (Send | undefined)[];
	/** A packet is malformed or too large. */
	refused(connection: Connection, packet: InvalidPacket): void;
	/** A packet could not be read. */
	failed(connection: Connection, error: unknown): void;
}

/** The connection whose CONNECT Harper is handling. */
export const connecting = new AsyncLocalStorage<Connection>();

type Listener = (...args: never[]) => void;

export class Connection {
	readonly socket: MqttSocket;
	/** Of TCP or TLS, also below a WebSocket. */
	readonly tcpSocket: Socket;
	/** The CONNECT as it was sent. */
	connect: IConnectPacket | undefined;
	/** The CONNECT as Harper has it: what is changed in it before the session is made changes what Harper does. */
	packet: Packet | undefined;
	session: MqttSession | undefined;
	/** The client id of one that sent none. */
	givenId: string | undefined;
	/** Ends the connection if no CONNECT comes in time. */
	late: NodeJS.Timeout | undefined;
	/** The SUBSCRIBE or UNSUBSCRIBE that Harper is handling. */
	subscribing: ISubscribePacket | IUnsubscribePacket | undefined;
	/** Another connection has the session now. */
	isTakenOver = false;
	/** That one began with a clean session. */
	isTakenByClean = false;
	/** No more packets of the client are read. */
	isEnded = false;
	readonly #cures: Cures;
	readonly #framing = new Framing(MAX_CONNECT_BYTES, MAX_PACKET_BYTES);
	readonly #write: (packet: Buffer) => unknown;
	#receive: (bytes: Buffer) => void = () => {};
	/** What came while nothing is handed on. */
	#held: Buffer[] | undefined;
	#heldBytes = 0;
	/** The end of the connection, which comes after what is held. */
	#close: (() => void) | undefined;
	/** What Harper sends before the CONNACK is sent. */
	#early: Buffer[] | undefined = [];
	#dropped = 0;

	constructor(socket: MqttSocket, cures: Cures) {
		this.socket = socket;
		this.tcpSocket = tcpSocketOf(socket);
		this.#cures = cures;
		const isWebSocket = 'send' in socket;
		if (isWebSocket) boundMessages(socket, MAX_CONNECT_BYTES);
		const write = interceptSending(socket, (packet) => this.sendAsHarper(packet));
		this.#write = isWebSocket ? write : this.#untilHalfClosed(write);
		intercept(socket, 'close', (close: Listener): Listener => (...args) => {
			this.#close = () => close(...args);
			if (!this.#held) this.#closed();
		});
		intercept(socket, isWebSocket ? 'message' : 'data', (receive: (bytes: Buffer) => void) => {
			this.#receive = receive;
			const take = (packets: Buffer) => this.#take(packets);
			return (bytes: Buffer) => {
				if (this.isEnded) return this.#drop(bytes);
				const wrong = this.#framing.take(bytes, take);
				if (wrong && !this.isEnded) this.#cures.refused(this, wrong);
			};
		});
	}

	/** A client that has ended its side gets nothing more. */
	#untilHalfClosed(write: (packet: Buffer) => unknown): (packet: Buffer) => unknown {
		let isHalfClosed = false;
		this.tcpSocket.once('end', () => (isHalfClosed = true));
		return (packet) => isHalfClosed || write(packet);
	}

	get version(): Version {
		return (this.connect?.protocolVersion as Version) ?? 4;
	}

	/** Whether it has ended, and nothing that it sent is still to be handed on: its login need not be checked any more. */
	get destroyed(): boolean {
		return this.tcpSocket.destroyed && !this.#held?.length;
	}

	/** Calls `left` when the client has left. */
	once(event: 'close', left: () => void): void {
		this.tcpSocket.once(event, () => this.destroyed && left());
	}

	release(): void {
		const held = this.#held;
		if (!held) return;
		this.#held = undefined;
		if (this.#heldBytes > MAX_PACKET_BYTES) this.socket.resume();
		this.#heldBytes = 0;
		for (const packets of held) this.#take(packets);
		if (!this.#held) this.#closed();
	}

	/** Hands a packet on when `ready` resolves, and what comes after it then. */
	delay(packet: Buffer, ready: Promise<void>): void {
		this.#held = [];
		void ready.then(() => {
			this.#handOn(packet);
			this.release();
		});
	}

	/** Sends the CONNACK, and what waits for it. */
	open(connack: Buffer): void {
		if ('send' in this.socket) boundMessages(this.socket, MAX_MQTT_WEBSOCKET_BYTES);
		this.#write(connack);
		const early = this.#early ?? [];
		this.#early = undefined;
		for (const packet of early) this.#write(packet);
	}

	/** Sends a packet that no cure looks at any more. */
	send(packet: Buffer): void {
		if (this.#early) this.#early.push(packet);
		else this.#write(packet);
	}

	/**
	 * Ends the connection. The client has time to read the last packet: data that comes to a closed socket would take it away.
	 * @param last a packet, or MQTT 5's reason code for a DISCONNECT
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

	/** Reads nothing more. */
	stop(): void {
		this.isEnded = true;
		this.#held = undefined;
		if (this.#heldBytes > MAX_PACKET_BYTES) this.socket.resume(); // a paused socket does not notice its end
		this.#closed();
	}

	/** Harper hears of the end, once. */
	#closed(): void {
		const close = this.#close;
		this.#close = undefined;
		close?.();
	}

	#disconnectOf = (reason: number) => (this.version === 5 && !this.#early ? Buffer.from([0xe0, 1, reason]) : undefined);

	/** What Harper sends, or we in its place. */
	sendAsHarper(packet: Buffer): void {
		const cure = this.#cures.sent[typeOf(packet)];
		const changed = cure ? cure(this, packet) : packet;
		if (changed) this.send(changed);
	}

	/** Hands on as many complete packets at once as no cure asks for. */
	#take(packets: Buffer): void {
		const { received } = this.#cures;
		let start = 0;
		let at = 0;
		while (at < packets.length) {
			if (this.isEnded) return;
			if (this.#held) return this.#hold(packets.subarray(at));
			const next = at + packetSize(packets, at);
			const cure = received[packets[at]!];
			if (cure) {
				if (start < at) this.#handOn(packets.subarray(start, at));
				const packet = packets.subarray(at, next);
				const fate = this.isEnded ? 'drop' : this.#ask(cure, packet);
				if (fate === 'hold') this.#held = [];
				if (fate !== 'drop') this.#handOn(packet);
				start = next;
			}
			at = next;
		}
		if (start < at) this.#handOn(start ? packets.subarray(start, at) : packets);
	}

	/** A packet that cannot be read throws. */
	#ask(cure: Receive, packet: Buffer): Fate {
		try {
			return cure(this, packet);
		} catch (error) {
			this.#cures.failed(this, error);
			return 'drop';
		}
	}

	#handOn(packets: Buffer): void {
		try {
			if (packets[0] === CONNECT) connecting.run(this, this.#receive, packets);
			else this.#receive(packets);
		} catch (error) {
			this.#cures.failed(this, error);
		}
	}

	#hold(packets: Buffer): void {
		// a copy: what it was cut from may be large
		this.#held!.push(Buffer.from(packets));
		this.#heldBytes += packets.length;
		if (this.#heldBytes > MAX_PACKET_BYTES) this.socket.pause();
	}

	#drop({ length }: Buffer): void {
		this.#dropped += length;
		if (this.#dropped > MAX_DROPPED_BYTES) this.socket.pause();
	}
}

/** For the log. */
export const nameOf = ({ session }: Connection) => session?.sessionId ?? 'a stranger';
