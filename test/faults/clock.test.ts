/**
 * Breaks: the clock of the server's machine is set back, by a moment and by an hour.
 * Promised: each write that is acknowledged reaches every subscriber at once, or when the clock has caught up a second.
 * libfaketime (apt install faketime) sets the clock for Harper only.
 */
import { globSync, writeFileSync, mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
	connectMqtt,
	get,
	openEventSource,
	openWebSocket,
	publishers,
	rest,
	subscribeMqtt,
	subscribers,
	useServer,
} from '../support/clients.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

let folder: string;
let harper: TemporaryHarper;

/** Sets the server's clock off this machine's clock by a number of seconds. */
const setClock = (seconds: number) => writeFileSync(join(folder, 'offset'), `${seconds < 0 ? '' : '+'}${seconds}\n`);

/** Subscribes to a topic with each kind of MQTT. */
const topics = (topic: string) =>
	Promise.all(
		(['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'] as const).map(async (kind) =>
			(await subscribeMqtt(kind, topic)).feed.map(({ row }) => row)
		)
	);

if (!LIBRARY) console.warn('Skipped: setting a clock back needs libfaketime (apt install faketime)');
describe.skipIf(!LIBRARY)('when the clock is set back', () => {
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'led-sign-clock-'));
		setClock(0);
		harper = await startTemporaryHarper({
			env: {
				LD_PRELOAD: LIBRARY!,
				FAKETIME_TIMESTAMP_FILE: join(folder, 'offset'),
				FAKETIME_NO_CACHE: '1',
				DONT_FAKE_MONOTONIC: '1',
			},
		});
		useServer(harper);
	});
	afterAll(async () => {
		await harper?.remove();
		rmSync(folder, { recursive: true });
	});

	test.for([
		['50 ms', 0.05],
		['a second', 1],
		['an hour', 3600],
	] as const)('by %s, every subscriber gets every write and removal', { timeout: 60_000 }, async ([name, step]) => {
		setClock(0);
		const id = `back-${step * 1000}`;
		await rest('PUT', `/Sign/${id}`, { message: 'before' });
		const feeds = await Promise.all([...subscribers, ...subscribers].map(({ open }) => open(id)));
		const writers = await Promise.all(publishers.map(({ open }) => open(id)));
		await Promise.all(feeds.map((feed) => feed.until(({ row }) => row?.message === 'before')));
		for (const [n, write] of writers.entries()) {
			setClock(0);
			await rest('PATCH', `/Sign/${id}-latest`, { message: 'the newest entry of the log' });
			setClock(-step);
			await write({ message: `${name} ${n}` });
			await Promise.all(feeds.map((feed) => feed.until(() => feed.last?.row?.message === `${name} ${n}`, 5_000)));
		}
		await rest('DELETE', `/Sign/${id}`);
		await Promise.all(feeds.map((feed) => feed.until(() => feed.last?.row === null, 5_000)));
		expect(await get(id)).toBeNull();
		// after a shorter step the clock may have caught up before the next write
		if (step >= 1) expect(readFileSync(harper.logFile, 'utf8')).toMatch(/The clock is \d+ ms behind the last commit/);
	});

	// Cause: signs that are changed at once by one account are stored in one transaction, which has one time.
	test('by an hour, a sign with the earlier time does not pass it on to signs that are changed together with it', async () => {
		setClock(0);
		const ids = Array.from({ length: 20 }, (_, n) => `together-${n}`);
		await rest('PUT', `/Sign/${ids[7]}`, { message: 'before' });
		setClock(-3600);
		const client = await connectMqtt('MQTT 5');
		await Promise.all(ids.map((id) => client.publishAsync(`Sign/${id}`, '{"message":"after"}', { qos: 1 })));
		const rows = await Promise.all(ids.map((id) => get(id)));
		const now = Date.now() - 3_600_000;
		for (const row of rows) {
			expect(row!.message).toBe('after');
			const isAhead = Date.parse(row!.updatedAt) > now + 60_000;
			expect(isAhead, row!.id).toBe(row!.id === ids[7]);
		}
	});

	// Cause: the row with the reason of a refusal was stored, and not published until the clock had caught up.
	test('by an hour, a device receives why its publish is refused', { timeout: 60_000 }, async () => {
		setClock(0);
		const path = `/Rejection/${ADMIN.username}`;
		const publisher = await connectMqtt('MQTT 3.1.1');
		const refuse = (id: string) => publisher.publishAsync(`Sign/${id}`, '{"speed":0}', { qos: 1 });
		await refuse('first');
		await expect.poll(() => rest('GET', path)).toMatchObject({ text: expect.stringContaining('"first"') });
		const events = [(await openEventSource(path)).feed, (await openWebSocket(path)).feed];
		const feeds = [...events.map((feed) => feed.map(({ value }) => value)), ...(await topics(path.slice(1)))];
		await rest('PATCH', '/Sign/latest', { message: 'the newest entry of the log' });
		setClock(-3600);
		await refuse('behind');
		const isIt = (row: unknown) => (row as { sign?: string } | null)?.sign === 'behind';
		await Promise.all(feeds.map((feed) => feed.until(isIt, 5_000)));
	});
});
