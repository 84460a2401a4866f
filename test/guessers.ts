/** Every way to log in, from an address of one's own: on Linux each 127.x.x.x is this machine. */
import { request } from 'node:http';
import { connect } from 'node:net';
import mqtt from 'mqtt';
import { WebSocket } from 'ws';
import { basic, type Account } from '../private-harper/operations-api.ts';
import { mqttUrl, url, type MqttKind } from './clients.ts';

/** What a login came to: `refused` was not checked. */
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

/** @throws when it is no answer to a login, and when a refusal does not say for how long */
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
	const socket = new WebSocket(`${url.replace('http', 'ws')}/Sign/`, { headers, localAddress: from });
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
				? mqtt.connect(`${url.replace('http', 'ws')}/`, { ...options, wsOptions: { localAddress: from } })
				: new mqtt.MqttClient(() => connect({ host: hostname, port: Number(port), localAddress: from }), options);
		client.on('error', () => {}); // said by the packet
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
