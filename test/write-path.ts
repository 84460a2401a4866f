/**
 * The write path of a running Harper, to which generated writes are sent: HTTP connections of both threads, MQTT clients,
 * WebSockets, and two subscribers of all signs. After each write the stored row is compared with the model.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import mqtt, { type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../private-harper/operations-api.ts';
import { openEventSource, type Row, type Server, type SignEvent } from './clients.ts';
import { eventually } from './feed.ts';
import type { Lane, Step } from './generated.ts';
import { isId, write, type Fields, type Verb } from './model.ts';
import { ADMIN } from './test-harper.ts';

const HEADERS = { Authorization: basic(ADMIN) };
const EACH = 4;

type Answer = { isRefused: boolean } | 'unknown';
/** @param since the `updatedAt` of the sign's last row: that of a write that is taken is later */
type Send = (id: string, text: string, since: string) => Promise<Answer>;

/** Opens what is needed to write to a Harper; ends with the test. */
export async function openWritePath(server: Server) {
	const http = await openHttp(server);
	const ways = { ...http.ways, ...(await openMqttWays(server)), 'WebSocket on all signs': await openAllSigns(server) };
	const told = await Promise.all([hearMqtt(server), hearEvents(server)]);
	let count = 0;

	const latest = new Map<string, string>();

	/** Sends a lane's writes one after another. @throws naming the first after which something differs from the model */
	async function runAlone({ id, steps }: Lane): Promise<void> {
		await http.ways.DELETE(id, '', '');
		let before = await http.get(id);
		const own = openOwn(server, id);
		try {
			for (const [at, step] of steps.entries()) {
				const send: Send = step.way === 'WebSocket on one sign' ? own.send : ways[step.way];
				before = await check(http.get, send, { step, id, before, since: latest.get(id) ?? '' }).catch(
					(cause: Error) => {
						throw new Error(`${id}, write ${at}, ${step.way} ${JSON.stringify(step.text)}: ${cause.message}`, {
							cause,
						});
					}
				);
				if (before) latest.set(id, before.updatedAt);
				count++;
			}
		} finally {
			own.close();
		}
		await untilTold(told, id, before);
	}
	/** One lane of a sign at a time. */
	const turns = new Map<string, Promise<void>>();
	function run(lane: Lane): Promise<void> {
		const ended = (turns.get(lane.id) ?? Promise.resolve()).then(() => runAlone(lane));
		turns.set(
			lane.id,
			ended.catch(() => {})
		);
		return ended;
	}
	return { run, count: () => count };
}

interface One {
	step: Step;
	id: string;
	before: Row | null;
	since: string;
}

/** Sends one write. @returns the row after it */
async function check(get: (id: string) => Promise<Row | null>, send: Send, { step, id, before, since }: One) {
	const { verb, text } = meaning(step, id);
	const expected = write(before && fieldsOf(before), verb, text, id);
	// over a WebSocket nothing would tell when it was taken
	if (expected.isNothing && step.way.startsWith('WebSocket')) return before;
	const answer = await send(id, step.way === 'WebSocket on all signs' ? naming(step.text, id) : step.text, since);
	if (answer !== 'unknown' && answer.isRefused !== expected.isRefused)
		throw new Error(expected.isRefused ? 'was taken' : 'was refused');
	const row = await get(id);
	const isAsExpected = expected.isRefused ? same(row, before) : same(row && fieldsOf(row), expected.fields);
	if (!isAsExpected) throw new Error(`stored is ${JSON.stringify(row)}; expected ${JSON.stringify(expected.fields)}`);
	if (row && before && !expected.isRefused) {
		if (expected.isNothing ? row.updatedAt !== before.updatedAt : row.updatedAt <= before.updatedAt)
			throw new Error(`updatedAt is ${row.updatedAt} after ${before.updatedAt}`);
		const grown = row.revision - before.revision;
		if (expected.isRevision ? grown <= 0 : grown !== 0) throw new Error(`the revision grew by ${grown}`);
	}
	return row;
}

/** What a write is in the words of the contract. */
function meaning({ way, text }: Step, id: string): { verb: Verb; text: string } {
	if (way === 'DELETE' || (way.endsWith('retained') && text === '')) return { verb: 'remove', text };
	const verb = way === 'PUT' || way.endsWith('retained') ? 'replace' : 'merge';
	if (way === 'WebSocket on all signs') text = naming(text, id);
	// A named difference: where no type is given a JSON object must begin with its brace, not with white space.
	const isUntyped = way !== 'PUT' && way !== 'PATCH';
	return { verb, text: isUntyped && text[0] !== '{' ? `no type: ${text}` : text };
}

/** The same object with the id that it is for. */
const naming = (text: string, id: string) =>
	text.replace(
		/^\{([ \t\r\n]*\}?)/,
		(_, rest: string) => `{"id":${JSON.stringify(id)}${rest.endsWith('}') ? '' : ','}${rest}`
	);

const fieldsOf = ({ id: _id, revision: _revision, updatedAt: _updatedAt, ...fields }: Row): Fields => fields;
const sorted = (value: object | null) => value && Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
const same = (one: object | null, other: object | null) =>
	JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

async function openHttp({ url }: Server) {
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
		if (tries === 500) throw new Error('connections were taken by one thread only');
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
		if (Object.keys(row).length !== 12 || row.id !== id) throw new Error(`GET answers ${text}`);
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

async function openMqtt({ mqttUrl }: Server, protocolVersion: 4 | 5): Promise<MqttClient> {
	const client = await mqtt.connectAsync(mqttUrl, { protocolVersion, ...ADMIN, reconnectPeriod: 0 });
	client.on('error', () => {}); // seen as what is awaited failing
	onTestFinished(() => client.endAsync(true));
	return client;
}

async function openMqttWays(server: Server) {
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
			if (code && code !== 0x80) throw new Error(`is answered ${code}`);
			return clients === old ? 'unknown' : { isRefused: code !== 0 };
		};
	return {
		'MQTT 3.1.1 plain': way(old, false),
		'MQTT 3.1.1 retained': way(old, true),
		'MQTT 5 plain': way(current, false),
		'MQTT 5 retained': way(current, true),
	};
}

/** The events of a WebSocket, and how to send by it: a refusal is told by it, and so is the row of a write that is taken. */
async function openSocket({ url }: Server, path: string) {
	const socket = new WebSocket(url.replace('http', 'ws') + path, { headers: HEADERS });
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

/** Of all signs there is one, and an error does not tell which sign it is about: one write at a time. */
async function openAllSigns(server: Server): Promise<Send> {
	const { send, close } = await openSocket(server, '/Sign/');
	onTestFinished(close);
	let turn: Promise<unknown> = Promise.resolve();
	return (...write) => {
		const answer = turn.then(() => send(...write));
		turn = answer.catch(() => {});
		return answer;
	};
}

/** The WebSocket of one sign, opened with its first write. */
function openOwn(server: Server, id: string) {
	let opened: ReturnType<typeof openSocket> | undefined;
	const send: Send = async (...write) => {
		opened ??= openSocket(server, `/Sign/${encodeURIComponent(id)}`);
		return (await opened).send(...write);
	};
	return { send, close: () => opened?.then(({ close }) => close()) };
}

/** What a subscriber of all signs was told last of each. */
type Told = Map<string, Row | null>;

async function hearMqtt(server: Server): Promise<Told> {
	const told: Told = new Map();
	const client = await openMqtt(server, 5);
	client.on('message', (topic, payload) => told.set(topic.slice('Sign/'.length), JSON.parse(String(payload))));
	await client.subscribeAsync('Sign/+', { qos: 1 });
	return told;
}

async function hearEvents(server: Server): Promise<Told> {
	const told: Told = new Map();
	const { source } = await openEventSource('/Sign/', ADMIN, server);
	source.addEventListener('message', ({ data }) => {
		const { id, value } = JSON.parse(data) as SignEvent;
		told.set(id, value ?? null);
	});
	return told;
}

async function untilTold(subscribers: Told[], id: string, row: Row | null): Promise<void> {
	await eventually(
		async () => subscribers.map((told) => told.get(id) ?? null),
		(last) => last.every((heard) => same(heard, row))
	).catch((cause: Error) => {
		throw new Error(`${id} ended as ${JSON.stringify(row)}; MQTT and SSE heard: ${cause.message}`);
	});
}
