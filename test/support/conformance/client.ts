/** A client that sends and shows single MQTT packets, over each transport: what a statement of the standard is checked with. */
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

/** A server of MQTT that the statements are checked on. */
export interface Broker {
	name: 'Harper' | 'mosquitto';
	ports: Record<Transport, number>;
	account: Account;
}

/** What a test says of a packet; the rest is what nearly every packet has. */
export type Part<P extends Packet> = Partial<Omit<P, 'cmd'>>;

let count = 0;
/** A name that no other test uses. */
export const newName = (name: string) => `${name}-${process.pid}-${++count}`;
export const newTopic = () => `Sign/${newName('topic')}`;

export class Client {
	readonly version: Version;
	readonly packets: Feed<Packet>;
	/** When the server has closed the connection. */
	readonly closed: Promise<void>;
	readonly clientId: string;
	readonly #account: Account;
	readonly #write: (bytes: Buffer) => void;
	readonly #end: () => void;
	readonly #destroy: () => void;
	isClosed = false;
	/** Acknowledges what it gets. */
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
		socket.on('error', () => {}); // seen as closed
		socket.on(isWebSocket ? 'message' : 'data', (data: Buffer) => parser.parse(data));
		this.closed = new Promise((done) => socket.once('close', () => ((this.isClosed = true), done())));
		this.#write = (bytes) => void (isWebSocket ? socket.send(bytes) : socket.write(bytes));
		this.#end = () => (isWebSocket ? socket.close() : socket.end());
		this.#destroy = () => (isWebSocket ? socket.terminate() : socket.destroy());
	}

	/** In one segment of TCP, one message of a WebSocket. */
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

	/** As TCP does after the last byte. */
	end(): void {
		this.#end();
	}

	/** Without a DISCONNECT. */
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

	/** @returns what was granted */
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

	/** Until it is acknowledged. Retained: over Harper it replaces a sign. */
	async publish(topic: string, message: string, part: Part<IPublishPacket> = {}): Promise<void> {
		const packet = this.publishPacket(topic, message, part);
		this.send(packet);
		if (packet.qos) await this.until('puback', ({ messageId }) => messageId === packet.messageId);
	}

	/** The first of these packets that has come or comes, which `matches`. */
	until<C extends Packet['cmd']>(
		cmd: C,
		matches: (packet: Extract<Packet, { cmd: C }>) => boolean = () => true,
		timeout?: number
	): Promise<Extract<Packet, { cmd: C }>> {
		type Wanted = Extract<Packet, { cmd: C }>;
		return this.packets.until((p) => p.cmd === cmd && matches(p as Wanted), timeout) as Promise<Wanted>;
	}

	/** A publish with this message. */
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

	/** Everything that was sent before has been taken when this is answered. */
	async ping(): Promise<void> {
		const before = this.packets.received.length;
		this.send({ cmd: 'pingreq' });
		await this.packets.until((packet) => packet.cmd === 'pingresp' && this.packets.received.indexOf(packet) >= before);
	}

	disconnect(): Promise<void> {
		this.send({ cmd: 'disconnect' });
		return this.closed;
	}

	/** @throws when the server does not close it within 3 s */
	async untilClosed(): Promise<void> {
		await Promise.race([this.closed, sleep(3_000)]);
		if (!this.isClosed)
			throw new Error(`the connection stays open; last received ${JSON.stringify(this.packets.last)}`);
	}
}

/** The message of a sign, whether the payload is a whole row or what was published. */
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

	/** A client that is connected. */
	async connected(part: Part<IConnectPacket> = {}, clientId?: string): Promise<Client> {
		const client = await this.open(clientId);
		await client.connect(part);
		return client;
	}

	/** A session that is kept: in MQTT 5 for `expiry` seconds. */
	durable(expiry = 60): Part<IConnectPacket> {
		return { clean: false, ...(this.version === 5 && { properties: { sessionExpiryInterval: expiry } }) };
	}

	/** What a client of another connection hears of the topic, from the value that is there on. */
	async observer(topic: string): Promise<Client> {
		const client = await this.connected();
		await client.subscribe(topic);
		return client;
	}
}

/** A statement of the standard. */
export interface Statement {
	name: string;
	/** Without it: both. */
	versions?: readonly Version[];
	/** Where it makes no sense on mosquitto. */
	only?: 'Harper';
	/** Where mosquitto 2.0.11 itself fails. */
	notOnMosquitto?: readonly Transport[];
	transports?: readonly Transport[];
	check(bench: Bench): Promise<void>;
}
