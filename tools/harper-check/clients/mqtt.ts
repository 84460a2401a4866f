/** An MQTT client that sends single packets over TCP, and keeps the packets that it receives. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import mqttPacket, { type IConnackPacket, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';
import { must, newId, waitFor } from '../check.ts';
import type { Harper } from '../../../launcher/harper.ts';
import type { Account } from '../../../launcher/operations-api.ts';
import { ADMIN } from '../../../launcher/temporary-harper.ts';

/** 4 is MQTT 3.1.1. */
export type Version = 4 | 5;

export interface Login {
	version?: Version;
	clientId?: string;
	account?: Account;
	/** Other fields of the CONNECT. */
	part?: Partial<Omit<IConnectPacket, 'cmd'>>;
}

export class Client {
	readonly version: Version;
	readonly clientId: string;
	readonly received: Packet[] = [];
	readonly socket: Socket;
	isClosed = false;
	/** Whether it acknowledges the publishes that it receives. */
	isAcknowledging = true;
	readonly #account: Account;
	#messageId = 0;

	constructor(harper: Harper, { version = 4, clientId = newId('client'), account = ADMIN }: Login = {}) {
		this.version = version;
		this.clientId = clientId;
		this.#account = account;
		const { hostname, port } = new URL(harper.mqttUrl);
		const parser = mqttPacket.parser({ protocolVersion: version });
		parser.on('packet', (packet: Packet) => this.#receive(packet)).on('error', () => {});
		this.socket = connectTcp(Number(port), hostname).setNoDelay(true);
		this.socket.on('data', (data) => parser.parse(data)).on('error', () => {}); // `isClosed` reports it
		this.socket.once('close', () => (this.isClosed = true));
	}

	#receive(packet: Packet): void {
		this.received.push(packet);
		if (!this.isAcknowledging || this.isClosed) return;
		const { cmd, messageId } = packet;
		if (cmd === 'publish' && packet.qos) this.send({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId });
		if (cmd === 'pubrel') this.send({ cmd: 'pubcomp', messageId });
	}

	bytesOf = (packet: Packet) => mqttPacket.generate(packet, { protocolVersion: this.version });

	/** Sends the packets in one segment. */
	send(...packets: Packet[]): void {
		this.socket.write(Buffer.concat(packets.map(this.bytesOf)));
	}

	connectPacket(part: Login['part'] = {}): IConnectPacket {
		const { clientId, version: protocolVersion } = this;
		const { username, password } = this.#account;
		const login = { username, password: Buffer.from(password) };
		return {
			cmd: 'connect',
			protocolId: 'MQTT',
			protocolVersion,
			clientId,
			clean: true,
			keepalive: 60,
			...login,
			...part,
		};
	}

	subscribePacket(topic: string, options: object = {}): Packet & { messageId: number } {
		const { properties, ...rest } = options as { properties?: object };
		const subscription = { topic, qos: 1, nl: false, rap: false, rh: 0, ...rest } as const;
		const packet = { cmd: 'subscribe' as const, messageId: ++this.#messageId, subscriptions: [subscription] };
		return { ...packet, ...(properties && { properties }) } as Packet & { messageId: number };
	}

	/** @returns the code in the SUBACK; undefined when none came */
	async subscribe(topic: string, options: object = {}): Promise<number | undefined> {
		const packet = this.subscribePacket(topic, options);
		this.send(packet);
		const suback = await this.wait('suback', ({ messageId }) => messageId === packet.messageId);
		return suback && (suback.granted as number[])[0];
	}

	publishPacket(topic: string, message: unknown, part: Partial<IPublishPacket> = {}): IPublishPacket {
		const payload = JSON.stringify({ message });
		return { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: true, messageId: ++this.#messageId, ...part };
	}

	/** Publishes, and waits for the PUBACK. @returns undefined when none came */
	publish(topic: string, message: unknown, part: Partial<IPublishPacket> = {}) {
		const packet = this.publishPacket(topic, message, part);
		this.send(packet);
		return this.wait('puback', ({ messageId }) => messageId === packet.messageId, 2_000);
	}

	/** The first packet of this type that matches; undefined when none came within `ms`, or before the end. */
	wait<C extends Packet['cmd']>(
		cmd: C,
		matches: (packet: Extract<Packet, { cmd: C }>) => boolean = () => true,
		ms = 1_500
	): Promise<Extract<Packet, { cmd: C }> | undefined> {
		type Wanted = Extract<Packet, { cmd: C }>;
		const find = () =>
			this.received.find((packet): packet is Wanted => packet.cmd === cmd && matches(packet as Wanted));
		return waitFor(() => find() ?? (this.isClosed ? null : undefined), ms).then((found) => found ?? undefined);
	}

	/** The server has read all earlier packets when it answers. @returns whether it answers */
	async ping(): Promise<boolean> {
		const count = () => this.received.filter(({ cmd }) => cmd === 'pingresp').length;
		const before = count();
		this.send({ cmd: 'pingreq' });
		return Boolean(await waitFor(() => (count() > before ? true : this.isClosed ? false : undefined), 1_500));
	}

	/** @returns whether the server closed the connection within `ms` */
	untilClosed = async (ms = 1_500) => Boolean(await waitFor(() => this.isClosed || undefined, ms));

	get publishes(): IPublishPacket[] {
		return this.received.filter((packet) => packet.cmd === 'publish');
	}

	async disconnect(part: object = {}): Promise<void> {
		this.send({ cmd: 'disconnect', ...part });
		if (!(await this.untilClosed(500))) this.socket.destroy();
	}

	/** Ends the connection without a DISCONNECT. */
	vanish(): void {
		this.socket.destroy();
	}
}

/** The message of a published row. */
export function messageOf({ payload }: IPublishPacket): unknown {
	const text = String(payload);
	return text ? (JSON.parse(text) as { message?: unknown } | null)?.message : undefined;
}

/** The code of a CONNACK. */
export const codeOf = ({ returnCode, reasonCode }: IConnackPacket) => returnCode ?? reasonCode;

/** Opens a TCP connection. */
export async function open(harper: Harper, login: Login = {}): Promise<Client> {
	const client = new Client(harper, login);
	await once(client.socket, 'connect');
	return client;
}

/** Opens a connection, and connects. @throws when it is refused */
export async function connect(harper: Harper, login: Login = {}): Promise<Client & { connack: IConnackPacket }> {
	const client = await open(harper, login);
	client.send(client.connectPacket(login.part));
	const connack = must(await client.wait('connack', undefined, 5_000), 'CONNACK');
	must(codeOf(connack) === 0, `login: CONNACK has the code ${codeOf(connack)}`);
	return Object.assign(client, { connack });
}

/** The fields of a CONNECT for a durable session, which MQTT 5 keeps for a minute. */
export const durable = (version: Version): Login['part'] => ({
	clean: false,
	...(version === 5 && { properties: { sessionExpiryInterval: 60 } }),
});
