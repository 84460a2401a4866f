/**
 * Breaks every rule of MQTT, WebSocket and HTTP, by thousands of generated inputs on raw sockets, with and without a login.
 * Promised: no uncaughtException, no answer 500, no thread ends, nothing is stored, and honest clients are served all the while.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import {
	addAccount,
	keepAliveConnection,
	newId,
	openEventSource,
	openWebSocket,
	rest,
	subscribeMqtt,
	useServer,
} from '../support/clients.ts';
import type { Account } from '../support/clients.ts';
import { malformedHttp } from '../support/malformed-http.ts';
import { malformedMqtt } from '../support/malformed-mqtt.ts';
import { malformedWebSocket } from '../support/malformed-websocket.ts';
import { seeded, type Random } from '../support/seeded.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';
import { keepLog } from '../support/log.ts';

/** `SEED=… npm run test:faults` repeats a run. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const INPUTS = 2_000;
const AT_ONCE = 20;
/** How long a connection waits for a possible answer. */
const ANSWER_TIMEOUT_MS = 20;

/** Not the address of the honest clients: guesses are slowed down by address. */
const ADDRESS = process.platform === 'linux' ? '127.0.0.9' : undefined;

let harper: TemporaryHarper;
let viewer: Account;
let host: string;

beforeAll(async () => {
	console.log(`The seed is ${seed}`);
	harper = await startTemporaryHarper();
	useServer(harper);
	({ host } = new URL(harper.url));
	viewer = await addAccount('viewer', 'sign_viewer'); // can read, and cannot write
});
afterAll(() => harper.remove());

test.for([
	['MQTT over TCP', (random: Random) => malformedMqtt(random, viewer), () => new URL(harper.mqttUrl).port],
	['WebSocket', (random: Random) => malformedWebSocket(random, host, viewer), () => new URL(harper.url).port],
	['HTTP', (random: Random) => malformedHttp(random, host, viewer), () => new URL(harper.url).port],
] as const)(`malformed %s harms nobody (seed ${seed})`, { timeout: 120_000 }, async ([, generate, port]) => {
	onTestFailed(() => keepLog(harper));
	const honest = await honestClients();
	const before = (await rest('GET', '/Sign/')).text;
	const random = seeded(seed);
	const inputs = Array.from({ length: INPUTS }, () => generate(random));
	const failures: string[] = [];
	const send = async () => {
		for (let input = inputs.pop(); input; input = inputs.pop()) {
			const answer = await exchange(input, Number(port()));
			if (/^HTTP\/1.1 500/m.test(answer))
				failures.push(`${JSON.stringify(String(input[0]).slice(0, 400))}: ${answer.split('\r\n\r\n')[1]}`);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, send));

	expect(failures.slice(0, 3)).toEqual([]);
	expect((await rest('GET', '/Sign/')).text).toBe(before);
	await honest.areServed();
	const log = await readFile(harper.logFile, 'utf8');
	expect(log.split('\n').filter((line) => /uncaughtException|unhandled/i.test(line))).toEqual([]);
	expect(harper.process.exitCode).toBeNull();
});

/** Honest clients on every protocol, and a connection to each of the two threads. */
async function honestClients() {
	const id = newId('honest');
	await rest('PUT', `/Sign/${id}`, { message: 'before' });
	const mqtt = (await subscribeMqtt('MQTT 5', `Sign/${id}`)).feed;
	const overWebSocket = (await subscribeMqtt('MQTT over WebSocket', 'Sign/+')).feed;
	const sse = (await openEventSource(`/Sign/${id}`)).feed;
	const webSocket = (await openWebSocket('/Sign/')).feed;
	const threads = await threadsThatAnswer();
	const areServed = async () => {
		expect((await rest('PATCH', `/Sign/${id}`, { message: 'after' })).status).toBe(204);
		for (const feed of [mqtt, overWebSocket]) await feed.until(({ row }) => row?.message === 'after');
		for (const feed of [sse, webSocket]) await feed.until(({ value }) => value?.message === 'after');
		expect(await threadsThatAnswer()).toEqual(threads);
	};
	return { areServed };
}

/** The thread numbers. A thread that has ended is replaced by one with another number. */
async function threadsThatAnswer(): Promise<number[]> {
	const found = new Set<number>();
	const ask = async () => {
		const { threadId, close } = await keepAliveConnection();
		close();
		return found.add(threadId).size;
	};
	await expect.poll(ask).toBeGreaterThanOrEqual(2);
	return [...found].toSorted();
}

/** Sends an input part by part, each after an answer or a pause. @returns everything received */
async function exchange(parts: Buffer[], port: number): Promise<string> {
	const socket = connectTo({ port, host: '127.0.0.1', ...(ADDRESS ? { localAddress: ADDRESS } : {}) });
	let answer = '';
	socket.on('data', (data) => (answer += data.toString('latin1').slice(0, 1_000)));
	socket.on('error', () => {}); // the server has closed it
	const closed = once(socket, 'close');
	for (const part of parts) {
		if (socket.destroyed) break;
		socket.write(part);
		await Promise.race([closed, once(socket, 'data'), sleep(ANSWER_TIMEOUT_MS)]).catch(() => {});
	}
	socket.destroy();
	return answer;
}
