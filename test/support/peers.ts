/** Peers of WebSockets and Server-Sent Events: raw ones that answer pings or not, and ones that vanish. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import type { Harper } from '../../launcher/harper.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { connectMqtt } from './clients.ts';
import { PYTHON } from './real/programs.ts';

const PING = Buffer.from('8900', 'hex');
/** Without a payload, and with a mask of zeros, as a client must send it. */
const PONG = Buffer.from('8a8000000000', 'hex');
/** A CONNECT of MQTT 3.1.1 as `admin`, without a keep-alive. */
const CONNECT = (() => {
	const text = (value: string) => [0, value.length, ...Buffer.from(value)];
	const rest = [...text('MQTT'), 4, 0xc2, 0, 0, ...text('vanishes'), ...text(ADMIN.username), ...text(ADMIN.password)];
	return Buffer.from([0x10, rest.length, ...rest]);
})();

/** A frame of a client, of at most 125 bytes. `type`: 0x81 for text, 0x82 for bytes. */
export const frame = (type: number, payload: Buffer) =>
	Buffer.concat([Buffer.from([type, 0x80 | payload.length, 0, 0, 0, 0]), payload]);

/** The head of a request. */
const head = (path: string, lines: string[]) =>
	[`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: ${basic(ADMIN)}`, ...lines, '', ''].join('\r\n');

const upgrade = (path: string, ...more: string[]) =>
	head(path, [
		'Connection: Upgrade',
		'Upgrade: websocket',
		'Sec-WebSocket-Version: 13',
		'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
		...more,
	]);

/** A WebSocket without a library. It calls `onPing` for each ping; `closed` resolves with the time of the end. */
export async function openRaw({ options }: Harper, path: string, onPing?: (pong: () => void) => void) {
	const socket = connect(options.httpPort, '127.0.0.1');
	onTestFinished(() => void socket.destroy());
	socket.on('error', () => {});
	const closed = once(socket, 'close').then(() => performance.now());
	socket.write(upgrade(path));
	await once(socket, 'data');
	socket.on('data', (data: Buffer) => data.includes(PING) && onPing?.(() => socket.write(PONG)));
	return { socket, closed };
}

/** A client of MQTT over WebSocket without a keep-alive, and its WebSocket. */
export async function connectMqttSocket() {
	let socket: WebSocket | undefined;
	const client = await connectMqtt('MQTT over WebSocket', {
		keepalive: 0,
		createWebsocket: (url, protocols, { wsOptions }) =>
			(socket = new WebSocket(url, protocols, wsOptions as ClientOptions)),
	});
	return { client, socket: socket! };
}

/** The kinds of peers that vanish: the head that each sends, until when it reads, and what it then sends. */
const VANISHING = {
	'Server-Sent Events of all signs': [head('/Sign/', ['Accept: text/event-stream']), 'heartbeat', ''],
	'Server-Sent Events of a rejection': [head('/Rejection/admin', ['Accept: text/event-stream']), 'heartbeat', ''],
	'Server-Sent Events over TLS': [head('/Sign/', ['Accept: text/event-stream']), 'heartbeat', ''],
	'a WebSocket over TLS': [upgrade('/Sign/'), '\r\n\r\n', ''],
	'a WebSocket of all signs': [upgrade('/Sign/'), '\r\n\r\n', ''],
	'a WebSocket of a rejection': [upgrade('/Rejection/admin'), '\r\n\r\n', ''],
	'MQTT over WebSocket': [upgrade('/', 'Sec-WebSocket-Protocol: mqtt'), '\r\n\r\n', frame(0x82, CONNECT)],
} as const;

/** Connects one peer of each kind, which then vanishes. @returns the name and the port of each */
export async function openVanishing({ options }: Harper): Promise<{ name: string; port: number }[]> {
	const script = spawn(PYTHON, [new URL('vanish.py', import.meta.url).pathname, ...portsOf(options).map(String)]);
	script.stderr.pipe(process.stderr);
	const exit = once(script, 'exit');
	onTestFinished(async () => {
		script.kill();
		await exit;
	});
	const lines = createInterface(script.stdout)[Symbol.asyncIterator]();
	const hex = (bytes: string | Buffer) => Buffer.from(bytes as string).toString('hex');
	const peers = [];
	for (const [name, [head, until, last]] of Object.entries(VANISHING)) {
		script.stdin.write(
			`${JSON.stringify({ name, isTls: name.endsWith('TLS'), head: hex(head), until: hex(until), last: hex(last) })}\n`
		);
		const line = await lines.next();
		if (line.done) throw new Error(`${name} did not connect`);
		peers.push(JSON.parse(line.value));
	}
	return peers;
}

const portsOf = ({ httpPort, tls }: Harper['options']) => [httpPort, tls!.httpsPort];

/** Whether the server has an open connection from this port of the machine. */
export function isConnected({ options }: Harper, port: number): boolean {
	const hex = (number: number) => number.toString(16).toUpperCase().padStart(4, '0');
	const open = new RegExp(`: \\w+:(?:${portsOf(options).map(hex).join('|')}) \\w+:${hex(port)} 01 `);
	return open.test(readFileSync('/proc/net/tcp', 'latin1'));
}
