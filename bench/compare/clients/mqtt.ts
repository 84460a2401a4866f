/** One connection of MQTT 5 without a session that lasts. It publishes and subscribes at QoS 1. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet';
import type { DeviceMessage } from '../targets/target.ts';

type OnMessage = (topic: string, payload: string) => void;

/** MQTT 5: from this reason code on it was refused. */
const FIRST_REFUSAL = 0x80;
const VERSION = { protocolVersion: 5 } as const;
const MOST_IDS = 65_535;
/** Stands for the packet id that the answers to pings do not have. */
const PINGS = -1;

let count = 0;

export class MqttConnection {
	readonly #socket: Socket;
	readonly #waiting = new Map<number, { done(): unknown; fail(error: Error): void }>();
	#onMessage: OnMessage = () => {};
	#lastId = 0;

	private constructor(socket: Socket) {
		this.#socket = socket;
		const parser = mqttPacket.parser(VERSION).on('packet', this.#onPacket);
		socket.on('data', (data: Buffer) => void parser.parse(data));
		socket.on('error', () => {}); // the close event follows
		socket.on('close', () => {
			for (const { fail } of this.#waiting.values()) fail(new Error('the MQTT connection was closed'));
			this.#waiting.clear();
		});
	}

	/** @throws when nobody accepts it, or the CONNECT is refused */
	static async open(url: string): Promise<MqttConnection> {
		const { hostname, port } = new URL(url);
		const socket = connect(Number(port), hostname).setNoDelay(true);
		await once(socket, 'connect');
		const connection = new MqttConnection(socket);
		const clientId = `compare-${process.pid}-${++count}`;
		// its acknowledgement has no packet id
		await connection.#ask(0, { cmd: 'connect', clientId, keepalive: 0, clean: true, ...VERSION });
		return connection;
	}

	/** Resolves when it is acknowledged. @throws when it is refused, or the connection ends before */
	publish({ topic, payload, retain }: DeviceMessage): Promise<void> {
		const messageId = this.#nextId();
		return this.#ask(messageId, { cmd: 'publish', topic, payload, retain, qos: 1, dup: false, messageId });
	}

	subscribe(topic: string, onMessage: OnMessage): Promise<void> {
		this.#onMessage = onMessage;
		const messageId = this.#nextId();
		return this.#ask(messageId, { cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 1 }] });
	}

	/** Sends so many pings at once. Resolves when all are answered. */
	async ping(count: number): Promise<void> {
		const ping = mqttPacket.generate({ cmd: 'pingreq' }, VERSION);
		await new Promise<void>((done, fail) => {
			this.#waiting.set(PINGS, { done: () => --count || done(), fail });
			this.#socket.write(Buffer.concat(Array.from({ length: count }, () => ping)));
		});
		this.#waiting.delete(PINGS);
	}

	close(): void {
		this.#socket.destroy();
	}

	#nextId(): number {
		return (this.#lastId = (this.#lastId % MOST_IDS) + 1);
	}

	#ask(id: number, packet: Packet): Promise<void> {
		return new Promise((done, fail) => {
			if (this.#socket.destroyed) return fail(new Error('the MQTT connection was closed'));
			this.#waiting.set(id, { done, fail });
			this.#send(packet);
		});
	}

	#send(packet: Packet): void {
		this.#socket.write(mqttPacket.generate(packet, VERSION));
	}

	readonly #onPacket = (packet: Packet) => {
		if (packet.cmd === 'publish') return this.#receive(packet);
		if (packet.cmd === 'pingresp') return this.#waiting.get(PINGS)?.done();
		if (packet.cmd !== 'puback' && packet.cmd !== 'suback' && packet.cmd !== 'connack') return;
		const id = packet.messageId ?? 0;
		const waiting = this.#waiting.get(id);
		this.#waiting.delete(id);
		const code = packet.cmd === 'suback' ? Number(packet.granted[0]) : (packet.reasonCode ?? 0);
		if (code < FIRST_REFUSAL) waiting?.done();
		else waiting?.fail(new Error(`${packet.cmd} with reason code ${code}`));
	};

	#receive({ topic, payload, qos, messageId }: IPublishPacket): void {
		if (qos === 1) this.#send({ cmd: 'puback', messageId: messageId!, reasonCode: 0 });
		this.#onMessage(topic, String(payload));
	}
}
