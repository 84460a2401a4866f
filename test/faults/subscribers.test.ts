/**
 * Breaks: one sign that changes a hundred times a second, for 150 subscribers; 60 subscribers that read nothing.
 * Promised: all end with the last value, others notice nothing, memory stays bounded. A client that reads nothing is disconnected.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { EventSource } from 'eventsource';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import { watchMemory, withstands } from '../support/abuse.ts';
import {
	connectMqtt,
	get,
	keepAliveConnection,
	newId,
	openWebSocket,
	rest,
	subscribeMqtt,
	subscribers,
	useServer,
	webSocketUrl,
	type Row,
} from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { heldBy } from '../support/selected-signs.ts';
import { ADMIN, memoryInUse, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

let harper: TemporaryHarper;

beforeAll(async () => {
	harper = await startTemporaryHarper();
	useServer(harper);
});
afterAll(() => harper.remove());

/** Changes signs in turn, `rate` times a second. */
async function changeOften(ids: string[], rate: number, seconds: number, rest = ''): Promise<void> {
	const writers = await Promise.all(Array.from({ length: 8 }, keepAliveConnection));
	onTestFinished(() => writers.forEach(({ close }) => close()));
	const start = performance.now();
	const answers: Promise<{ status: number }>[] = [];
	for (let n = 0; n < rate * seconds; n++) {
		const id = ids[n % ids.length]!;
		answers.push(writers[n % writers.length]!.send('PATCH', `/Sign/${id}`, { message: `${n}${rest}` }));
		await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
	}
	for (const { status } of await Promise.all(answers)) expect(status).toBe(204);
}

// Cause: Harper rebuilt the row of each event for each subscriber, and one thread was busy with it for minutes.
test(
	'a sign that changes 100 times a second ends on 150 subscribers with its last value',
	{ timeout: 240_000 },
	async () => {
		const kinds = Array.from({ length: 150 }, (_, n) => subscribers[n % subscribers.length]!);
		const feeds = await Promise.all(kinds.map(({ open }) => open('hot')));
		await withstands(harper, async () => {
			const before = (await get('hot'))?.revision ?? 0;
			await changeOften(['hot'], 100, 20);
			const row = (await get('hot')) as Row;
			expect(row.revision).toBe(before + 2000);
			await Promise.all(feeds.map((feed) => feed.until(() => feed.last?.row?.revision === row.revision)));
			for (const feed of feeds) expect(feed.last!.row).toEqual(row);
		});
	}
);

const headers = { Authorization: basic(ADMIN) };

/** Each subscribes to all signs, and reads nothing. */
const sleepers: Record<string, () => Promise<Socket>> = {
	async SSE() {
		const asked = request(`${harper.url}/Sign/`, {
			headers: { ...headers, Accept: 'text/event-stream' },
			agent: false,
		});
		asked.on('error', () => {}).end();
		const [response] = await once(asked, 'response');
		response.on('error', () => {}).pause();
		return response.socket;
	},
	async WebSocket() {
		const socket = new WebSocket(`${webSocketUrl(harper)}/Sign/`, { headers });
		socket.on('error', () => {});
		await once(socket, 'open');
		socket.pause();
		return (socket as unknown as { _socket: Socket })._socket;
	},
	async MQTT() {
		const client = await connectMqtt('MQTT 3.1.1', { keepalive: 0 });
		await client.subscribeAsync('Sign/+', { qos: 0 });
		client.stream.pause();
		return client.stream as unknown as Socket;
	},
};

/** Clients that reconnect. Each reads nothing until `wake`. The feed has its messages of one sign. */
const wakers: Record<string, (id: string) => Promise<{ feed: Feed<string>; wake(): void }>> = {
	async SSE(id) {
		const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
		const held = () =>
			new TransformStream<Uint8Array, Uint8Array>({
				async transform(chunk, controller) {
					if (isAsleep) await awake;
					controller.enqueue(chunk);
				},
			});
		let isAsleep = false;
		const feed = new Feed<string>('SSE that comes back');
		const source = new EventSource(`${harper.url}/Sign/`, {
			fetch: async (input, init) => {
				const response = await fetch(input, { ...init, headers: { ...init.headers, ...headers } });
				return new Response(response.body!.pipeThrough(held()), response);
			},
		});
		onTestFinished(() => source.close());
		source.addEventListener('message', ({ data }) => {
			const event = JSON.parse(data);
			if (event.id === id) feed.push(event.value.message);
		});
		await new Promise((done) => source.addEventListener('open', done, { once: true }));
		isAsleep = true;
		return { feed, wake };
	},
	async WebSocket(id) {
		const feed = new Feed<string>('WebSocket that comes back');
		let isWanted = true;
		const open = () => {
			const socket = new WebSocket(`${harper.url.replace('http', 'ws')}/Sign/`, { headers });
			socket.on('error', () => {});
			socket.on('close', () => isWanted && setTimeout(open, 500));
			socket.on('message', (data) => {
				const event = JSON.parse(String(data));
				if (event.id === id) feed.push(event.value.message);
			});
			onTestFinished(() => {
				isWanted = false;
				socket.terminate();
			});
			return socket;
		};
		const socket = open();
		await once(socket, 'open');
		socket.pause();
		return { feed, wake: () => socket.resume() };
	},
	async MQTT(id) {
		const { client, feed } = await subscribeMqtt('MQTT 5', 'Sign/+', { keepalive: 0, reconnectPeriod: 500 });
		client.stream.pause();
		const messages = feed.map((event) => (event.id === id ? event.row?.message : undefined));
		return { feed: messages, wake: () => client.stream.resume() };
	},
};

// Cause: Harper kept each event for each such subscriber.
test(
	'60 subscribers that read nothing cost no memory for each change, are disconnected, and reconnect',
	{ timeout: 900_000 },
	async () => {
		const ids = Array.from({ length: 200 }, (_, n) => `busy-${n}`);
		const letters = '🟥'.repeat(240);
		await Promise.all(ids.map((id) => rest('PUT', `/Sign/${id}`, { message: letters })));
		await changeOften(ids, 100, 5, letters);
		/** Open files of the server's process, connections included: a client that reads nothing does not see its own end. */
		const openFiles = async () => readdirSync(`/proc/${harper.process.pid}/fd`).length;
		await withstands(harper, async () => {
			const kinds = Object.values(sleepers);
			const sockets = await Promise.all(Array.from({ length: 60 }, (_, n) => kinds[n % kinds.length]!()));
			onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
			const sleeping = await Promise.all(Object.values(wakers).map((open) => open('busy-0')));
			const opened = await openFiles();
			await changeOften(ids, 300, 20, letters); // fills the buffers between the server and each client
			const filled = await watchMemory(harper);
			await changeOften(ids, 300, 15, letters);
			// much sooner than they are disconnected, which frees it
			await expect
				.poll(filled.grown, { timeout: 20_000, interval: 1_000, message: 'memory in use, against that after 20 s' })
				.toBeLessThan(1.1);
			await expect.poll(openFiles, { timeout: 160_000 }).toBeLessThanOrEqual(opened - 63);
			for (const { wake } of sleeping) wake();
			await rest('PATCH', '/Sign/busy-0', { message: 'awake' });
			await Promise.all(sleeping.map(({ feed }) => feed.until((message) => message === 'awake')));
			await rest('PATCH', '/Sign/busy-0', { message: 'and connected' });
			await Promise.all(sleeping.map(({ feed }) => feed.until((message) => message === 'and connected')));
		});
	}
);

/** Asks for a stream, and disconnects after `delay` ms. */
async function leaveEarly(path: string, delay: number): Promise<void> {
	const socket = connectTcp(Number(new URL(harper.url).port), '127.0.0.1').on('error', () => {});
	const lines = [
		`GET ${path} HTTP/1.1`,
		'Host: x',
		'Accept: text/event-stream',
		`Authorization: ${headers.Authorization}`,
	];
	socket.write(`${lines.join('\r\n')}\r\n\r\n`, () => setTimeout(() => socket.destroy(), delay));
	await once(socket, 'close');
}

// Cause: Harper did not notice that they had gone; the server kept their streams for two minutes.
test('clients that disconnect while their stream opens leave nothing behind', { timeout: 120_000 }, async () => {
	const letters = '🟥'.repeat(240);
	const ids = Array.from({ length: 200 }, (_, n) => `seen-${n}`);
	await Promise.all(ids.map((id) => rest('PUT', `/Sign/${id}`, { message: letters, location: 'early' })));
	const leave = async () => {
		for (let n = 0; n < 40; n++)
			await Promise.all(
				Array.from({ length: 20 }, (_, i) => leaveEarly(i % 2 ? '/Sign/' : '/Sign/?location=early', i))
			);
		await rest('GET', '/Sign/?limit(1)');
	};
	await leave();
	const before = await memoryInUse(harper);
	await leave();
	await expect
		.poll(async () => (await memoryInUse(harper)) - before, {
			timeout: 60_000,
			interval: 1_000,
			message: 'bytes for 800 clients',
		})
		.toBeLessThan(10_000_000);
	expect(readFileSync(harper.logFile, 'utf8')).not.toContain('uncaughtException');
});

/** Ways in which a sign changes while a subscriber of `hall` reads nothing, and whether it has the sign then. */
const WHILE_UNREAD = [
	{ name: 'leaves', steps: ['elsewhere'], isThere: false },
	{ name: 'leaves and returns', steps: ['elsewhere', 'hall'], isThere: true },
	{ name: 'leaves, returns and leaves', steps: ['elsewhere', 'hall', 'elsewhere'], isThere: false },
	{ name: 'is removed', steps: [null], isThere: false },
	{ name: 'is removed and made again', steps: [null, 'hall'], isThere: true },
	{ name: 'is removed and made again elsewhere', steps: [null, 'elsewhere'], isThere: false },
	{ name: 'leaves and is removed', steps: ['elsewhere', null], isThere: false },
];

const ROUNDS = 60;

test(
	'a subscriber with a query that reads nothing for a while then gets each removal once',
	{ timeout: 120_000 },
	async () => {
		const hall = newId('hall');
		const start = { location: hall, message: '🟥'.repeat(256) };
		const signs = WHILE_UNREAD.map((way) => ({ ...way, id: newId() }));
		const [visitor, last] = [newId('visitor'), newId('last')];
		const ids = [...signs.map(({ id }) => id), ...Array.from({ length: 200 }, () => newId())];
		await Promise.all(ids.map((id) => rest('PUT', `/Sign/${id}`, start)));
		const { socket, feed } = await openWebSocket(`/Sign/?location=${hall}`);
		await feed.until(() => heldBy(feed).size === ids.length);
		socket.pause();
		// 17 MB of events: more than the buffers between the server and the client hold
		for (let speed = 1; speed <= ROUNDS; speed++) await rest('PATCH', `/Sign/?location=${hall}`, { speed });
		for (const { id, steps } of signs)
			for (const step of steps)
				if (step) await rest('PATCH', `/Sign/${id}`, { location: step === 'hall' ? hall : step, message: 'back' });
				else await rest('DELETE', `/Sign/${id}`);
		await rest('PUT', `/Sign/${visitor}`, { location: hall });
		await rest('PATCH', `/Sign/${visitor}`, { location: 'elsewhere' });
		await rest('PUT', `/Sign/${last}`, { location: hall });
		socket.resume();
		await feed.until(({ id }) => id === last);
		const of = (id: string) => feed.received.filter((event) => event.id === id).map(({ value }) => Boolean(value));
		expect(of(ids.at(-1)!).length, 'events of a sign that stayed').toBeLessThan(1 + ROUNDS);
		for (const { id, name, isThere } of signs) {
			const removals = of(id).filter((isRow) => !isRow);
			expect([name, of(id).at(-1), removals.length]).toEqual([name, isThere, isThere ? 0 : 1]);
		}
		expect(of(visitor)).toEqual([]);
	}
);
