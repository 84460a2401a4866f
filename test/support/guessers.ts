/** Every way to log in, from any address: on Linux each 127.x.x.x is this machine. Clients may disconnect early, or never. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import mqtt from 'mqtt';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { basic, type Account } from '../../launcher/operations-api.ts';
import { mqttUrl, url, webSocketUrl, type MqttKind } from './clients.ts';
import { announce, connectPacket } from './raw-mqtt.ts';

/** The outcome of a login. A `refused` one was not checked. */
export type Answer = 'right' | 'wrong' | 'refused';

export type LogIn = (account: Account, from: string) => Promise<Answer>;

/** A request over HTTP from that address. */
export function ask(method: string, path: string, from: string, headers: Record<string, string>, body = '') {
	return new Promise<{ status: number; text: string; retryAfter: string | undefined }>((done, fail) => {
		const sent = request(url + path, { method, localAddress: from, headers, agent: false }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part) => (text += part));
			const { statusCode: status = 0, headers } = response;
			response.on('end', () => done({ status, text, retryAfter: headers['retry-after'] }));
		});
		sent.on('error', fail).end(body);
	});
}

/** @throws when this is no answer to a login, or a refusal without a time */
function answerOf({ status, text, retryAfter }: Awaited<ReturnType<typeof ask>>): Answer {
	if (status === 200) return 'right';
	if (status === 401) return 'wrong';
	const isRefusal =
		status === 429 && /^"Refusal: too many .* try again in \d+ s"$/.test(text) && Number(retryAfter) > 0;
	if (isRefusal) return 'refused';
	throw new Error(`no answer to a login: ${status} ${text}, Retry-After ${retryAfter}`);
}

async function webSocket(account: Account, from: string): Promise<Answer> {
	const headers = { Authorization: basic(account) };
	const socket = new WebSocket(`${webSocketUrl()}/Sign/`, { headers, localAddress: from });
	return new Promise<Answer>((done, fail) => {
		socket.on('error', fail);
		socket.on('unexpected-response', (_request, { statusCode }) => (statusCode === 429 ? done('refused') : fail()));
		socket.on('close', (code) => (code === 3000 ? done('wrong') : fail(new Error(`closed with ${code}`))));
		socket.on('message', () => done('right'));
	}).finally(() => socket.terminate());
}

/** CONNACK's codes. */
const CODES: Record<string, Record<number, Answer>> = {
	'MQTT 3.1.1': { 0: 'right', 4: 'wrong', 3: 'refused' },
	'MQTT 5': { 0: 'right', 0x86: 'wrong', 0x9f: 'refused' },
};
CODES['MQTT over WebSocket'] = CODES['MQTT 5']!;

const overMqtt =
	(kind: MqttKind): LogIn =>
	async (account, from) => {
		const options = { ...account, protocolVersion: kind === 'MQTT 3.1.1' ? 4 : 5, reconnectPeriod: 0 } as const;
		const { hostname, port } = new URL(mqttUrl);
		const client =
			kind === 'MQTT over WebSocket'
				? mqtt.connect(`${webSocketUrl()}/`, { ...options, wsOptions: { localAddress: from } })
				: new mqtt.MqttClient(() => connect({ host: hostname, port: Number(port), localAddress: from }), options);
		client.on('error', () => {}); // the packet has the reason
		const closed = new Promise((done) => client.once('close', () => done('closed')));
		const packet = await new Promise<mqtt.IConnackPacket>((done, fail) => {
			client.once('packetreceive', (received) => done(received as mqtt.IConnackPacket));
			client.once('close', () => fail(new Error('closed without an answer')));
		});
		const answer = CODES[kind]![packet.reasonCode ?? packet.returnCode ?? -1];
		if (answer === 'refused') await closed;
		await client.endAsync(true);
		if (answer) return answer;
		throw new Error(`no answer to a login: ${JSON.stringify(packet)}`);
	};

/** By the name of its protocol. */
export const WAYS: Record<string, LogIn> = {
	'REST': async (account, from) =>
		answerOf(await ask('GET', '/Sign/?limit(1)', from, { Authorization: basic(account) })),
	'Session': async (account, from) =>
		answerOf(await ask('POST', '/Session', from, { 'Content-Type': 'application/json' }, JSON.stringify(account))),
	'WebSocket': webSocket,
	'MQTT 3.1.1': overMqtt('MQTT 3.1.1'),
	'MQTT 5': overMqtt('MQTT 5'),
	'MQTT over WebSocket': overMqtt('MQTT over WebSocket'),
};

const requestOf = (line: string, headers: Record<string, string>, body = '') => {
	const all = Object.entries({ 'Host': 'x', ...headers, 'Content-Length': String(body.length) });
	return `${line} HTTP/1.1\r\n${all.map((header) => `${header.join(': ')}\r\n`).join('')}\r\n${body}`;
};
const UPGRADE = {
	'Connection': 'Upgrade',
	'Upgrade': 'websocket',
	'Sec-WebSocket-Version': '13',
	'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
};

/** A frame of a client whose mask is zeros: 0x82 is binary, 0x89 a ping. */
function frame(kind: number, bytes: Buffer = Buffer.alloc(0)): Buffer {
	const head = Buffer.from([kind, 0x80 | 126, bytes.length >> 8, bytes.length & 255, 0, 0, 0, 0]);
	return Buffer.concat([bytes.length < 126 ? Buffer.from([kind, 0x80 | bytes.length, 0, 0, 0, 0]) : head, bytes]);
}

/** The bytes of a login, by the name of its protocol. */
export const LOGINS: Record<string, (account: Account) => string | Buffer> = {
	'REST': (account) => requestOf('GET /Sign/?limit(1)', { Authorization: basic(account) }),
	'Session': (account) => requestOf('POST /Session', { 'Content-Type': 'application/json' }, JSON.stringify(account)),
	'WebSocket': (account) => requestOf('GET /Sign/', { ...UPGRADE, Authorization: basic(account) }),
	'MQTT 3.1.1': (account) => connectPacket(4, account),
	'MQTT 5': (account) => connectPacket(5, account),
	'MQTT over WebSocket': (account) =>
		Buffer.concat([
			Buffer.from(requestOf('GET /', { ...UPGRADE, 'Sec-WebSocket-Protocol': 'mqtt' })),
			frame(0x82, connectPacket(5, account)),
		]),
};

/** Opens a connection from that address and sends a login. It is half-open: it does not close when the server does. */
export function sendLogin(way: string, account: Account, from: string) {
	const { hostname, port } = new URL(/^MQTT [^o]/.test(way) ? mqttUrl : url);
	const socket = connect({ host: hostname, port: Number(port), localAddress: from, allowHalfOpen: true });
	socket.on('error', () => {}); // a test sees it as the end
	socket.resume().write(LOGINS[way]!(account));
	return socket;
}

/** Logs in and disconnects without waiting for an answer. Resolves when the server has closed too. */
export async function leaveEarly(way: string, account: Account, from: string): Promise<void> {
	const socket = sendLogin(way, account, from);
	const closed = once(socket, 'close');
	socket.end();
	await closed;
}

/** What a client sends that does not stop: a ping over WebSocket, or parts of an endless PUBLISH or request. */
const more = (way: string) =>
	way.includes('WebSocket') ? frame(0x89) : way.startsWith('MQTT') ? announce(3, 16_000) : Buffer.from('x');

/**
 * Logs in, and sends more without closing, until the server has destroyed the socket.
 * @returns the time from the first byte of the answer until then, in ms
 */
export async function stay(way: string, account: Account, from: string): Promise<number> {
	const socket = sendLogin(way, account, from);
	const closed = new Promise((done) => socket.once('close', done));
	await once(socket, 'data');
	const start = performance.now();
	const sending = setInterval(() => socket.write(more(way)), 50);
	onTestFinished(() => {
		clearInterval(sending);
		socket.destroy();
	});
	await closed;
	return performance.now() - start;
}
