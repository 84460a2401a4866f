/**
 * The ways to send a generated write: HTTP connections to both threads, MQTT clients of both versions, WebSockets. Each returns
 * whether the write was refused, if its protocol reports that.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import mqtt, { type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import { webSocketUrl, type Row, type Server, type SignEvent } from './clients.ts';
import { isId } from './model.ts';
import { FIELDS } from '../../sign/fields.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const HEADERS = { Authorization: basic(ADMIN) };
/** Connections of each kind. */
const EACH = 4;
const ALL_FIELDS = [...FIELDS].sort().join();

type Answer = { isRefused: boolean } | 'unknown';
/** @param since the `updatedAt` of the sign's last row: an accepted write makes a later one */
export type Send = (id: string, text: string, since: string) => Promise<Answer>;

export async function openHttp({ url }: Server) {
	const agents = new Map<number, Agent[]>();
	const ask = (agent: Agent, method: string, path: string, body?: string, type?: string) =>
		new Promise<{ status: number; text: string }>((done, fail) => {
			const headers = { ...HEADERS, ...(type && { 'Content-Type': type }) };
			const sent = request(url + path, { method, headers, agent }, (response) => {
				let text = '';
				response.setEncoding('utf8').on('data', (part) => (text += part));
				response.on('end', () => done({ status: response.statusCode!, text }));
			});
			sent.on('error', fail).end(body);
		});
	for (let tries = 0; [...agents.values()].filter((some) => some.length === EACH).length < 2; tries++) {
		if (tries === 500) throw new Error('one thread took all connections');
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		const { threadId } = JSON.parse((await ask(agent, 'GET', '/Thread/')).text);
		const some = agents.get(threadId) ?? agents.set(threadId, []).get(threadId)!;
		if (some.length < EACH) some.push(agent);
		else agent.destroy();
	}
	const all = [...agents.values()].flat();
	onTestFinished(() => all.forEach((agent) => agent.destroy()));
	let turn = 0;
	const next = (method: string, id: string, body?: string, type?: string) =>
		ask(all[turn++ % all.length]!, method, `/Sign/${encodeURIComponent(id)}`, body, type);
	const way =
		(method: string, type?: string): Send =>
		async (id, text) => {
			const { status, text: why } = await next(method, id, method === 'DELETE' ? undefined : text, type);
			if (status === 204) return { isRefused: false };
			if (status === 400) return { isRefused: true };
			throw new Error(`is answered ${status} ${why}`);
		};
	const get = async (id: string): Promise<Row | null> => {
		const { status, text } = await next('GET', id);
		if (status === 404 || (status === 400 && !isId(id))) return null;
		if (status !== 200) throw new Error(`GET is answered ${status} ${text}`);
		const row = JSON.parse(text) as Row;
		const fields = Object.keys(row).sort();
		if (row.id !== id || fields.join() !== ALL_FIELDS)
			throw new Error(`GET must answer the row of ${id} with the fields ${ALL_FIELDS}, and answers ${text}`);
		return row;
	};
	const json = 'application/json';
	return {
		get,
		ways: {
			'PUT': way('PUT', json),
			'PATCH': way('PATCH', json),
			'DELETE': way('DELETE'),
			'PATCH without a type': way('PATCH'),
		},
	};
}

export async function openMqtt({ mqttUrl }: Server, protocolVersion: 4 | 5): Promise<MqttClient> {
	const client = await mqtt.connectAsync(mqttUrl, { protocolVersion, ...ADMIN, reconnectPeriod: 0 });
	client.on('error', () => {}); // seen as what is awaited failing
	onTestFinished(() => client.endAsync(true));
	return client;
}

/** MQTT 5's reason codes of a payload that breaks a rule, of a wrong topic, and of a payload that is no JSON object. */
const REFUSALS = [0x83, 0x90, 0x99];

export async function openMqttWays(server: Server) {
	const open = async (version: 4 | 5) => Promise.all(Array.from({ length: EACH }, () => openMqtt(server, version)));
	const [old, current] = [await open(4), await open(5)];
	let turn = 0;
	const way =
		(clients: MqttClient[], retain: boolean): Send =>
		async (id, text) => {
			const sent = clients[turn++ % EACH]!.publishAsync(`Sign/${id}`, text, { qos: 1, retain });
			const code = await sent.then(
				() => 0,
				(error: { code: number }) => error.code
			);
			if (code && !REFUSALS.includes(code)) throw new Error(`is answered ${code}`);
			return clients === old ? 'unknown' : { isRefused: code !== 0 };
		};
	return {
		'MQTT 3.1.1 plain': way(old, false),
		'MQTT 3.1.1 retained': way(old, true),
		'MQTT 5 plain': way(current, false),
		'MQTT 5 retained': way(current, true),
	};
}

/** A WebSocket to send writes. The server answers a refused write with an error event, and an accepted one with the new row. */
async function openSocket(server: Server, path: string) {
	const socket = new WebSocket(webSocketUrl(server) + path, { headers: HEADERS });
	socket.on('error', () => {});
	let answer: (given: Answer) => void = () => {};
	let awaited = { id: '', since: '' };
	socket.on('message', (data) => {
		const { type, id, value } = JSON.parse(String(data)) as SignEvent;
		if (type === 'error') answer({ isRefused: true });
		else if (id === awaited.id && value && value.updatedAt > awaited.since) answer({ isRefused: false });
	});
	const closed = new Promise<Answer>((done) => socket.once('close', () => done({ isRefused: true })));
	await Promise.race([once(socket, 'open'), closed]);
	const send: Send = (id, text, since) => {
		awaited = { id, since };
		const answered = new Promise<Answer>((done) => (answer = done));
		if (socket.readyState === WebSocket.OPEN) socket.send(text);
		return within(10_000, Promise.race([answered, closed]));
	};
	return { send, close: () => socket.terminate() };
}

async function within<T>(time: number, answer: Promise<T>): Promise<T> {
	const timer = Promise.withResolvers<never>();
	const timeout = setTimeout(() => timer.reject(new Error(`is not answered within ${time / 1000} s`)), time);
	return Promise.race([answer, timer.promise]).finally(() => clearTimeout(timeout));
}

/** One WebSocket for all signs. An error event does not name its sign, so it sends one write at a time. */
export async function openAllSigns(server: Server): Promise<Send> {
	const { send, close } = await openSocket(server, '/Sign/');
	onTestFinished(close);
	let turn: Promise<unknown> = Promise.resolve();
	return (...write) => {
		const answer = turn.then(() => send(...write));
		turn = answer.catch(() => {});
		return answer;
	};
}

/** A WebSocket of one sign. The first write opens it. */
export function openOwn(server: Server, id: string) {
	let opened: ReturnType<typeof openSocket> | undefined;
	const send: Send = async (...write) => {
		opened ??= openSocket(server, `/Sign/${encodeURIComponent(id)}`);
		return (await opened).send(...write);
	};
	return { send, close: () => opened?.then(({ close }) => close()) };
}
