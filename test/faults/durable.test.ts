/**
 * Breaks: durable MQTT sessions are away while signs are written, removed and created again, and the server is killed.
 * Promised: each receives the stored state when it is back, removals included, and every later change.
 */
import mqtt from 'mqtt';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHarper, type Harper } from '../../launcher/harper.ts';
import { get, mqttUrl, rest, useServer, type Row } from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const SIGNS = Array.from({ length: 12 }, (_, n) => `sign-${n}`);
const SESSIONS = 30;

let first: TemporaryHarper;
let running: Harper;

beforeAll(async () => {
	running = first = await startTemporaryHarper();
	useServer(first);
});
afterAll(async () => {
	await running.stop();
	await first.remove();
});

async function killAndStart(): Promise<void> {
	await running.kill();
	running = await startHarper(first.options);
}

interface Session {
	clientId: string;
	topic: string;
	protocolVersion: 4 | 5;
}

const sessions = Array.from({ length: SESSIONS }, (_, n): Session => ({
	clientId: `session-${n}`,
	topic: n % 2 ? 'Sign/+' : `Sign/${SIGNS[n % SIGNS.length]}`,
	protocolVersion: n % 3 ? 4 : 5,
}));

/** Connects, and collects the events. */
async function connect({ clientId, protocolVersion }: Session) {
	const expiry = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {};
	const options = { ...ADMIN, clientId, protocolVersion, clean: false, reconnectPeriod: 0, ...expiry };
	const client = mqtt.connect(mqttUrl, options);
	const feed = new Feed<{ id: string; row: Row | null }>(clientId);
	client.on('error', () => {});
	client.on('message', (topic, payload) => feed.push({ id: topic.slice(5), row: JSON.parse(payload.toString()) }));
	await new Promise((done, fail) => client.on('connect', done).on('close', fail));
	return { client, feed };
}

/** Writes to one sign while its subscriber is away. It ends with a row, or removed. */
async function change(id: string, n: number, round: number): Promise<void> {
	const put = (message: string) => rest('PUT', `/Sign/${id}`, { message });
	const merge = (message: string) => rest('PATCH', `/Sign/${id}`, { message });
	const remove = () => rest('DELETE', `/Sign/${id}`);
	const lives = [
		async () => (await put('a'), await remove(), await put(`end ${round}`)),
		async () => (await merge('a'), await remove()),
		async () => (await remove(), await merge('a'), await merge(`end ${round}`)),
		async () => (await put('a'), await merge('b'), await remove(), await put('c'), await remove()),
		async () => (await merge('a'), await merge(`end ${round}`)),
		async () => {},
	];
	await lives[(n + round) % lives.length]!();
}

const ofSession = ({ topic }: Session) => (topic === 'Sign/+' ? SIGNS : [topic.slice(5)]);

describe('durable sessions', () => {
	test('come back to what is stored, and get every later change', { timeout: 120_000 }, async () => {
		for (const id of SIGNS) await rest('PUT', `/Sign/${id}`, { message: 'start' });
		for (const session of sessions) {
			const { client, feed } = await connect(session);
			await client.subscribeAsync(session.topic, { qos: 1 });
			for (const id of ofSession(session)) await feed.until((event) => event.id === id);
			await client.endAsync();
		}
		for (let round = 0; round < 4; round++) {
			await Promise.all(SIGNS.map((id, n) => change(id, n, round)));
			if (round % 2) await killAndStart();
			const stored = new Map(await Promise.all(SIGNS.map(async (id) => [id, await get(id)] as const)));
			const back = await Promise.all(sessions.map(connect));
			await Promise.all(
				sessions.map(async (session, n) => {
					const { feed } = back[n]!;
					for (const id of ofSession(session)) {
						// a subscriber of all signs does not receive an unchanged sign again
						const lastOf = () => feed.received.findLast((event) => event.id === id)?.row;
						const isUntouched = (SIGNS.indexOf(id) + round) % 6 === 5 && session.topic === 'Sign/+';
						if (!isUntouched) await feed.until(() => lastOf() !== undefined && same(lastOf(), stored.get(id)));
					}
				})
			);
			for (const id of SIGNS) await rest('PATCH', `/Sign/${id}`, { message: `live ${round}` });
			for (const [n, { feed, client }] of back.entries()) {
				for (const id of ofSession(sessions[n]!))
					await feed.until((event) => event.id === id && event.row?.message === `live ${round}`);
				await client.endAsync();
			}
		}
		expect(log()).not.toMatch(/uncaughtException/);
	});
});

const log = () => readFileSync(first.logFile, 'utf8');

const same = (one: Row | null | undefined, other: Row | null | undefined) =>
	one?.revision === other?.revision && one?.message === other?.message;
