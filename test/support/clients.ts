/**
 * The clients of the tests: every transport, behind one interface to publish and one to subscribe.
 * They are published libraries, over real sockets.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { EventSource } from 'eventsource';
import mqtt from 'mqtt';
import { inject, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { sendOperation, basic, type Account, type Operation } from '../../launcher/operations-api.ts';
import type { SignJson } from '../../sign/fields.ts';
import { eventually, Feed } from './feed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

export type { Account };
export type Row = SignJson;

/** An event of a sign, as every subscriber receives it: the id, and the row, or null after a removal. */
export interface ReceivedEvent {
	id: string;
	row: Row | null;
}

/** A Harper with this application. Without another one, clients use the shared one (see `useServer`). */
export interface Server {
	url: string;
	mqttUrl: string;
	operationsUrl?: string | undefined;
}

export let url = inject('url');
export let mqttUrl = inject('mqttUrl');
let defaultServer: Server = { url, mqttUrl, operationsUrl: inject('operationsUrl') };

/** Makes the clients of this test file use another server than the shared one. */
export function useServer(server: Server): void {
	({ url, mqttUrl } = server);
	defaultServer = server;
}

let count = 0;
/** An id that no other test uses. */
export const newId = (name = 'sign') => `${name}-${process.pid}-${++count}`;

// ---------------------------------------------------------------------------------------------------------------- REST

export async function rest(
	method: string,
	path: string,
	body?: unknown,
	account: Account | null = ADMIN,
	{ url }: Server = defaultServer
) {
	const headers: Record<string, string> = {};
	if (account) headers.Authorization = basic(account);
	if (body !== undefined) headers['Content-Type'] = 'application/json';
	const payload = typeof body === 'string' ? body : JSON.stringify(body);
	const response = await fetch(url + path, { method, headers, body: payload ?? null });
	const text = await response.text();
	return { status: response.status, text, json: () => JSON.parse(text) };
}

/** Runs an operation of Harper, which bypasses the application. */
export async function operation(body: Operation, { operationsUrl }: Server = defaultServer): Promise<unknown> {
	const response = await sendOperation(operationsUrl!, body, ADMIN);
	if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
	return response.json();
}

/** So many new connections in turn reach each thread of the server, very likely: the kernel chooses one for each at random. */
const CONNECTIONS = 6;

/** Creates an account that no other test uses, and waits until it can log in on each thread: each is told of it by itself. */
export async function addAccount(name: string, role = 'super_user', username = newId(name)): Promise<Account> {
	const account = { username, password: newId('password') };
	await operation({ operation: 'add_user', ...account, role, active: true });
	const isKnown = async () => {
		for (let n = 0; n < CONNECTIONS; n++) {
			const { status } = await sendOver(false, 'GET', '/Session/', undefined, account);
			if (status !== 200) return false;
		}
		return true;
	};
	await eventually(isKnown, Boolean, undefined, `a login of ${username} on each thread`);
	return account;
}

/** Sends a request over a chosen connection, which fetch does not offer. @param agent false: a new connection */
function sendOver(agent: Agent | false, method: string, path: string, body?: unknown, account: Account = ADMIN) {
	return new Promise<{ status: number; text: string }>((done, fail) => {
		const headers = { 'Authorization': basic(account), 'Content-Type': 'application/json' };
		const sent = request(url + path, { method, headers, agent }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part) => (text += part));
			response.on('end', () => done({ status: response.statusCode!, text }));
		});
		sent.on('error', fail).end(body === undefined ? undefined : JSON.stringify(body));
	});
}

/** The stored row; null when there is none. */
export async function get(id: string, server: Server = defaultServer): Promise<Row | null> {
	const response = await rest('GET', `/Sign/${id}`, undefined, ADMIN, server);
	if (response.status === 404) return null;
	if (response.status !== 200) throw new Error(`GET of ${id} answers ${response.status} ${response.text}`);
	return response.json();
}

/** One HTTP connection that stays open, and the Harper thread that serves it. */
export async function keepAliveConnection() {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const send = (method: string, path: string, body?: unknown) => sendOver(agent, method, path, body);
	const { threadId } = JSON.parse((await send('GET', '/Thread/')).text) as { threadId: number };
	return { send, threadId, close: () => agent.destroy() };
}

// ---------------------------------------------------------------------------------------------------------------- MQTT

export type MqttKind = 'MQTT 3.1.1' | 'MQTT 5' | 'MQTT over WebSocket';

export async function connectMqtt(
	kind: MqttKind,
	options: mqtt.IClientOptions = {},
	server: Server = defaultServer
): Promise<mqtt.MqttClient> {
	const client = await mqtt.connectAsync(kind === 'MQTT over WebSocket' ? `${webSocketUrl(server)}/` : server.mqttUrl, {
		protocolVersion: kind === 'MQTT 3.1.1' ? 4 : 5,
		...ADMIN,
		reconnectPeriod: 0,
		...options,
	});
	client.on('error', () => {}); // the test notices: what it awaits fails
	onTestFinished(() => client.endAsync(true));
	return client;
}

export async function subscribeMqtt(
	kind: MqttKind,
	topic: string,
	options: mqtt.IClientOptions = {},
	server: Server = defaultServer
) {
	const client = await connectMqtt(kind, options, server);
	const feed = new Feed<ReceivedEvent>(`${kind} subscriber of ${topic}`);
	client.on('message', (from, payload) =>
		feed.push({ id: from.slice(from.indexOf('/') + 1), row: JSON.parse(payload.toString()) })
	);
	await client.subscribeAsync(topic, { qos: 1 });
	return { feed, client };
}

// ----------------------------------------------------------------------------------------------------- WebSocket, SSE

export interface SignEvent {
	id: string;
	type: string;
	value?: Row | null;
	version: number;
	localTime: number;
	status?: number;
	message?: string;
}

/** The last will of a device, as in docs/devices.md. */
export const offlineWill = (id: string) => ({
	topic: `Sign/${id}`,
	payload: Buffer.from('{"online":false}'),
	qos: 1 as const,
	retain: false,
});

export const webSocketUrl = ({ url }: Pick<Server, 'url'> = defaultServer) => url.replace('http', 'ws');

export async function openWebSocket(path: string, account: Account = ADMIN, server: Server = defaultServer) {
	const socket = new WebSocket(webSocketUrl(server) + path, { headers: { Authorization: basic(account) } });
	const feed = new Feed<SignEvent>(`WebSocket ${path}`);
	socket.on('message', (data) => feed.push(JSON.parse(String(data))));
	socket.on('error', () => {});
	onTestFinished(() => socket.terminate());
	await once(socket, 'open');
	return { socket, feed, send: (message: unknown) => socket.send(JSON.stringify(message)) };
}

export async function openEventSource(path: string, account: Account = ADMIN, { url }: Server = defaultServer) {
	const source = new EventSource(url + path, {
		fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: basic(account) } }),
	});
	const feed = new Feed<SignEvent>(`SSE ${path}`);
	const heartbeats = new Feed<string>(`heartbeats of SSE ${path}`);
	source.addEventListener('message', ({ data }) => feed.push(JSON.parse(data)));
	source.addEventListener('heartbeat', ({ data }) => heartbeats.push(data));
	onTestFinished(() => source.close());
	await heartbeats.until(() => true);
	return { source, feed, heartbeats };
}

// ------------------------------------------------------------------------------------------- the matrix's two halves

export interface Publisher {
	name: string;
	verb: 'replace' | 'merge';
	/** Connects, and returns a function that writes. It throws for a refused write, if the protocol reports that. */
	open(id: string, server?: Server): Promise<(fields: object) => Promise<unknown>>;
}

const restPublisher = (method: 'PUT' | 'PATCH', verb: Publisher['verb']): Publisher => ({
	name: `REST ${method}`,
	verb,
	open: async (id, server) => async (fields) => {
		const { status, text } = await rest(method, `/Sign/${id}`, fields, ADMIN, server);
		if (status >= 300) throw new Error(`${status} ${text}`);
	},
});

const mqttPublisher = (kind: MqttKind, retain: boolean): Publisher => ({
	name: `${kind} ${retain ? 'retained' : 'plain'}`,
	verb: retain ? 'replace' : 'merge',
	async open(id, server) {
		const client = await connectMqtt(kind, {}, server);
		return (fields) => client.publishAsync(`Sign/${id}`, JSON.stringify(fields), { qos: 1, retain });
	},
});

export const publishers: Publisher[] = [
	restPublisher('PUT', 'replace'),
	restPublisher('PATCH', 'merge'),
	...(['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'] as const).flatMap((kind) => [
		mqttPublisher(kind, true),
		mqttPublisher(kind, false),
	]),
	{
		name: 'WebSocket on one sign',
		verb: 'merge',
		async open(id, server) {
			const { send } = await openWebSocket(`/Sign/${id}`, ADMIN, server);
			return async (fields) => send(fields);
		},
	},
	{
		name: 'WebSocket on all signs',
		verb: 'merge',
		async open(id, server) {
			const { send } = await openWebSocket('/Sign/', ADMIN, server);
			return async (fields) => send({ id, ...fields });
		},
	},
];

export interface Subscriber {
	name: string;
	/** Subscribes to the sign. */
	open(id: string, server?: Server): Promise<Feed<ReceivedEvent>>;
}

const eventsOf = (events: Feed<SignEvent>, id: string) =>
	events.map((event) => (event.id === id ? { id, row: event.value ?? null } : undefined));

const mqttSubscriber = (kind: MqttKind, all: boolean): Subscriber => ({
	name: `${kind} on ${all ? 'all signs' : 'one sign'}`,
	async open(id, server) {
		const { feed } = await subscribeMqtt(kind, all ? 'Sign/+' : `Sign/${id}`, {}, server);
		return feed.map((event) => (event.id === id ? event : undefined));
	},
});

export const subscribers: Subscriber[] = [
	...(['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'] as const).flatMap((kind) => [
		mqttSubscriber(kind, false),
		mqttSubscriber(kind, true),
	]),
	{
		name: 'WebSocket on one sign',
		open: async (id, server) => eventsOf((await openWebSocket(`/Sign/${id}`, ADMIN, server)).feed, id),
	},
	{
		name: 'WebSocket on all signs',
		open: async (id, server) => eventsOf((await openWebSocket('/Sign/', ADMIN, server)).feed, id),
	},
	{
		name: 'SSE on one sign',
		open: async (id, server) => eventsOf((await openEventSource(`/Sign/${id}`, ADMIN, server)).feed, id),
	},
	{
		name: 'SSE on all signs',
		open: async (id, server) => eventsOf((await openEventSource('/Sign/', ADMIN, server)).feed, id),
	},
];
