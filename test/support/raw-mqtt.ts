/** An MQTT client that sends any bytes, like a client that is broken or malicious. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { mqttUrl, type Account, webSocketUrl } from './clients.ts';
import { Feed } from './feed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

export type Transport = 'TCP' | 'WebSocket';
export type Version = 4 | 5;

/** @param socket an open connection to use, for example one over TLS */
export async function openRaw(transport: Transport, version: Version = 5, socket?: Socket) {
	const packets = new Feed<Packet>(`packets over ${transport}`);
	const parser = mqttPacket.parser({ protocolVersion: version }).on('packet', (packet: Packet) => packets.push(packet));
	const open = socket ?? (transport === 'TCP' ? openTcp() : new WebSocket(`${webSocketUrl()}/`, 'mqtt'));
	open.on('error', () => {}); // after a reset the test sees the close
	open.on('data' in open || !(open instanceof WebSocket) ? 'data' : 'message', (data: Buffer) => parser.parse(data));
	onTestFinished(() => void (open instanceof WebSocket ? open.terminate() : open.destroy()));
	const closed = new Promise<void>((done) => open.once('close', () => done()));
	if (!socket) await once(open, open instanceof WebSocket ? 'open' : 'connect');
	const send = (bytes: Buffer) => (open instanceof WebSocket ? open.send(bytes) : open.write(bytes));
	return {
		packets,
		closed,
		send,
		isOpen: () => (open instanceof WebSocket ? open.readyState === WebSocket.OPEN : open.writable),
		/** Sends a CONNECT, and waits for the CONNACK. */
		async login(account: Account = ADMIN) {
			send(connectPacket(version, account));
			return packets.until(({ cmd }) => cmd === 'connack') as Promise<mqttPacket.IConnackPacket>;
		},
	};
}

const openTcp = () => connect(Number(new URL(mqttUrl).port), '127.0.0.1').setNoDelay(true);

let count = 0;
export const connectPacket = (version: Version, { username, password }: Account = ADMIN, will?: Buffer) =>
	mqttPacket.generate({
		cmd: 'connect',
		protocolVersion: version,
		clientId: `raw-${process.pid}-${++count}`,
		username,
		password: Buffer.from(password),
		keepalive: 60,
		clean: true,
		...(will && { will: { topic: 'Sign/will', payload: will, qos: 0, retain: false } }),
	} as mqttPacket.IConnectPacket);

/** A QoS 1 publish of exactly `size` bytes: its payload is no JSON object, and is refused. */
export function publishOf(size: number, version: Version = 5): Buffer {
	const packet = (length: number) =>
		mqttPacket.generate(
			{
				cmd: 'publish',
				topic: 'Sign/raw',
				payload: 'x'.repeat(length),
				qos: 1,
				messageId: 7,
				dup: false,
				retain: false,
			},
			{ protocolVersion: version }
		);
	return packet(size - (packet(size).length - size));
}

/** The fixed header of a packet that announces `length` bytes. */
export function announce(kind: number, length: number): Buffer {
	const bytes = [kind << 4];
	for (let rest = length; ; rest = Math.floor(rest / 128)) {
		if (rest < 128) return Buffer.from([...bytes, rest]);
		bytes.push((rest % 128) | 0x80);
	}
}
