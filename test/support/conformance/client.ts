/** A client that sends single MQTT packets over any transport, and stores the packets that it receives. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import mqttPacket, { type IConnackPacket, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';
import { WebSocket } from 'ws';
import type { Account } from '../clients.ts';
import { Feed } from '../feed.ts';

export type Transport = 'TCP' | 'TLS' | 'WebSocket';
/** 4 is MQTT 3.1.1. */
export type Version = 4 | 5;

/** An MQTT server under test. */
export interface Broker {
	name: 'Harper' | 'mosquitto';
	ports: Record<Transport, number>;
	account: Account;
}

/** The fields of a packet that a test sets; the others have defaults. */
export type Part<P extends Packet> = Partial<Omit<P, 'cmd'>>;

let count = 0;
/** A name that no other test uses. */
export const newName = (name: string) => `${name}-${process.pid}-${++count}`;
export const newTopic = () => `Sign/${newName('topic')}`;

export class Client {
	readonly version: Version;
	readonly packets: Feed<Packet>;
	/** Resolves when the connection is closed. */
	readonly closed: Promise<void>;
	readonly clientId: string;
	readonly #account: Account;
	readonly #write: (bytes: Buffer) => void;
	readonly #end: () => void;
	readonly #destroy: () => void;
	isClosed = false;
	/** Whether it acknowledges the publishes that it receives. */
	isAcknowledging = true;
	#messageId = 0;

	constructor(
		socket: WebSocket | ReturnType<typeof connectTcp>,
		version: Version,
		account: Account,
		clientId = newName('client')
	) {
		this.version = version;
		this.#account = account;
		this.clientId = clientId;
		this.packets = new Feed<Packet>(`packets of ${clientId}`);
		const parser = mqttPacket.parser({ protocolVersion: version });
		parser.on('packet', (packet: Packet) => {
			this.packets.push(packet);
			if (this.isAcknowledging) this.#answer(packet);
		});
		const isWebSocket = socket instanceof WebSocket;
		socket.on('error', () => {}); // `closed` reports it
		socket.on(isWebSocket ? 'message' : 'data', (data: Buffer) => parser.parse(data));
		this.closed = new Promise((done) => socket.once('close', () => ((this.isClosed = true), done())));
		this.#write = (bytes) => void (isWebSocket ? socket.send(bytes) : socket.write(bytes));
		this.#end = () => (isWebSocket ? socket.close() : socket.end());
		this.#destroy = () => (isWebSocket ? socket.terminate() : socket.destroy());
	}

	/** Sends the packets in one TCP segment, or one WebSocket message. */
	sendTogether(...packets: Packet[]): void {
		this.sendBytes(Buffer.concat(packets.map((packet) => this.bytesOf(packet))));
	}

	bytesOf = (packet: Packet) => mqttPacket.generate(packet, { protocolVersion: this.version });

	send(packet: Packet): void {
		this.sendTogether(packet);
	}

	sendBytes(bytes: Buffer): void {
		this.#write(bytes);
	}

	/** Closes its side of the connection after the last byte. */
	end(): void {
		this.#end();
	}

	/** Closes the connection without a DISCONNECT. */
	vanish(): void {
		this.#destroy();
	}

	connectPacket(part: Part<IConnectPacket> = {}): IConnectPacket {
		const { username, password } = this.#account;
		const account = { username, password: Buffer.from(password) };
		const { clientId, version: protocolVersion } = this;
		return {
			cmd: 'connect',
			protocolId: 'MQTT',
			protocolVersion,
			clientId,
			clean: true,
			keepalive: 60,
			...account,
			...part,
		};
	}

	async connect(part: Part<IConnectPacket> = {}): Promise<IConnackPacket> {
		this.send(this.connectPacket(part));
		return this.until('connack');
	}

	subscribePacket(topic: string, options: object = {}) {
		const subscription = { topic, qos: 1 as const, nl: false, rap: false, rh: 0, ...options };
		const { properties } = options as { properties?: { subscriptionIdentifier: number } };
		return {
			cmd: 'subscribe' as const,
			messageId: ++this.#messageId,
			subscriptions: [subscription],
			...(properties && { properties }),
		};
	}

	/** @returns the code in the SUBACK: the granted QoS, or a failure */
	async subscribe(topic: string, options: object = {}): Promise<number> {
		const packet = this.subscribePacket(topic, options);
		this.send(packet);
		const { granted } = await this.until('suback', ({ messageId }) => messageId === packet.messageId);
		return (granted as number[])[0]!;
	}

	publishPacket(topic: string, message: string, part: Part<IPublishPacket> = {}): IPublishPacket {
		const payload = JSON.stringify({ message });
		const messageId = part.qos === 0 ? {} : { messageId: ++this.#messageId };
		return { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: true, ...messageId, ...part };
	}

	/** Publishes a retained message, which replaces the sign on Harper, and waits for its PUBACK. */
	async publish(topic: string, message: string, part: Part<IPublishPacket> = {}): Promise<void> {
		const packet = this.publishPacket(topic, message, part);
		this.send(packet);
		if (packet.qos) await this.until('puback', ({ messageId }) => messageId === packet.messageId);
	}

	/** Resolves with the first packet of this type, received before or later, that `matches`. */
	until<C extends Packet['cmd']>(
		cmd: C,
		matches: (packet: Extract<Packet, { cmd: C }>) => boolean = () => true,
		timeout?: number
	): Promise<Extract<Packet, { cmd: C }>> {
		type Wanted = Extract<Packet, { cmd: C }>;
		return this.packets.until((p) => p.cmd === cmd && matches(p as Wanted), timeout) as Promise<Wanted>;
	}

	/** Resolves with a publish of this message. */
	untilReceived(message: string): Promise<IPublishPacket> {
		return this.until('publish', (packet) => messageOf(packet) === message);
	}

	#answer(packet: Packet): void {
		if (this.isClosed) return;
		const { cmd, messageId } = packet;
		if (cmd === 'publish' && packet.qos) this.send({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId });
		if (cmd === 'pubrel') this.send({ cmd: 'pubcomp', messageId });
	}

	get received(): IPublishPacket[] {
		return this.packets.received.filter((packet) => packet.cmd === 'publish');
	}

	/** The server has read all earlier packets when it answers this. */
	async ping(): Promise<void> {
		const before = this.packets.received.length;
		this.send({ cmd: 'pingreq' });
		await this.packets.until((packet) => packet.cmd === 'pingresp' && this.packets.received.indexOf(packet) >= before);
	}

	disconnect(): Promise<void> {
		this.send({ cmd: 'disconnect' });
		return this.closed;
	}

	/** @throws when the server does not close it within 10 s */
	async untilClosed(): Promise<void> {
		await Promise.race([this.closed, sleep(10_000)]);
		if (!this.isClosed)
			throw new Error(`the connection stays open; last received ${JSON.stringify(this.packets.last)}`);
	}
}

/** The message of a sign. Harper sends the whole row, mosquitto the published payload. */
export const messageOf = ({ payload }: IPublishPacket): string | undefined => rowOf(payload)?.message;
export const rowOf = (payload: Buffer | string): { message?: string; revision?: number } | null => {
	const text = String(payload);
	return text ? JSON.parse(text) : null;
};

/** Opens connections to one broker, over one transport and version. */
export class Bench {
	readonly broker: Broker;
	readonly transport: Transport;
	readonly version: Version;
	readonly #clients: Client[] = [];

	constructor(broker: Broker, transport: Transport, version: Version) {
		this.broker = broker;
		this.transport = transport;
		this.version = version;
	}

	async open(clientId?: string, version = this.version, subprotocols: string | string[] = 'mqtt'): Promise<Client> {
		const port = this.broker.ports[this.transport];
		const isWebSocket = this.transport === 'WebSocket';
		const socket = isWebSocket
			? new WebSocket(`ws://127.0.0.1:${port}/`, subprotocols)
			: this.transport === 'TLS'
				? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).setNoDelay(true)
				: connectTcp(port, '127.0.0.1').setNoDelay(true);
		const client = new Client(socket, version, this.broker.account, clientId);
		this.#clients.push(client);
		await once(socket, isWebSocket ? 'open' : this.transport === 'TLS' ? 'secureConnect' : 'connect');
		return client;
	}

	close(): void {
		for (const client of this.#clients) client.vanish();
	}

	/** Opens a connection, and connects. */
	async connected(part: Part<IConnectPacket> = {}, clientId?: string): Promise<Client> {
		const client = await this.open(clientId);
		await client.connect(part);
		return client;
	}

	/** The options of a durable session; MQTT 5 keeps it for `expiry` seconds. */
	durable(expiry = 60): Part<IConnectPacket> {
		return { clean: false, ...(this.version === 5 && { properties: { sessionExpiryInterval: expiry } }) };
	}

	/** Connects another client, which receives the current value of the topic and all changes. */
	async observer(topic: string): Promise<Client> {
		const client = await this.connected();
		await client.subscribe(topic);
		return client;
	}
}

/** A statement of the standard, and its test. */
export interface Statement {
	name: string;
	/** Default: both. */
	versions?: readonly Version[];
	/** For a statement about Harper that does not apply to mosquitto. */
	only?: 'Harper';
	/** The transports over which mosquitto 2.0.11 fails. */
	notOnMosquitto?: readonly Transport[];
	/** Default: all. */
	transports?: readonly Transport[];
	check(bench: Bench): Promise<void>;
}
