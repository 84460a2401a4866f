/** Writes over REST: as fast as they go, or at a steady rate. Each writer has signs of its own, so that their order is known. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SignJson } from '../../sign/fields.ts';
import { Ledger } from '../lost.ts';
import { Changes, messageOf } from './clients/changes.ts';
import type { HttpConnection } from './clients/http.ts';
import { startMeter, type Metered } from './meter.ts';
import type { Target } from './targets/target.ts';

/** A step through the signs of a writer that reaches each of them, in no order that a cache could know. */
const STEP = 7_919;

export interface Rush extends Metered {
	writes: number;
}

/** Each connection replaces its own signs, one after the other. @throws when an acknowledged write is not stored */
export async function replaceAtFullSpeed(
	target: Target,
	ids: string[],
	connections: HttpConnection[],
	seconds: number
): Promise<Rush> {
	const before = target.hasSigns ? await readSigns(connections, ids) : new Map<string, SignJson>();
	const ledger = new Ledger();
	const changes = new Changes();
	const meter = startMeter(target);
	const end = performance.now() + seconds * 1000;
	const writer = async (connection: HttpConnection, own: string[]) => {
		const write = ledger.record(async (id, { message }) => {
			await connection.request('PUT', `/Sign/${id}`, target.body(id, message!, changes.count));
		});
		for (let n = 0; performance.now() < end; n++)
			await write(own[(n * STEP) % own.length]!, { message: messageOf(changes.begin()) });
	};
	await Promise.all(connections.map((connection, n) => writer(connection, share(ids, n, connections.length))));
	const metered = meter();
	if (target.hasSigns) {
		const after = await readSigns(connections, ids);
		ledger.checkMessages(after);
		if (target.countsRevisions) ledger.check(before, after);
	}
	return { ...metered, writes: ledger.count };
}

/** Part `n` of `parts`. */
const share = <Item>(items: Item[], n: number, parts: number) => items.filter((_, i) => i % parts === n);

/** Reads signs over several connections. A sign that does not exist is left out. */
export async function readSigns(connections: HttpConnection[], ids: string[]): Promise<Map<string, SignJson>> {
	const rows = new Map<string, SignJson>();
	const reader = async (connection: HttpConnection, own: string[]) => {
		for (const id of own) {
			const text = await connection.request('GET', `/Sign/${id}`).catch((error: Error) => {
				if (!error.message.includes('404')) throw error;
			});
			if (text) rows.set(id, JSON.parse(text) as SignJson);
		}
	};
	await Promise.all(connections.map((connection, n) => reader(connection, share(ids, n, connections.length))));
	return rows;
}

/** Creates signs. */
export async function makeSigns(target: Target, ids: string[], connections: HttpConnection[]): Promise<void> {
	const maker = async (connection: HttpConnection, own: string[]) => {
		for (const id of own) await connection.request('PUT', `/Sign/${id}`, target.body(id, 'made', 0));
	};
	await Promise.all(connections.map((connection, n) => maker(connection, share(ids, n, connections.length))));
}

/**
 * Calls `write` at a steady rate with the number of each change. A change begins when it is due, also when the write
 * before is late: a slow server does not hide its delays.
 */
export async function atRate(
	rate: number,
	seconds: number,
	changes: Changes,
	write: (change: number, n: number) => Promise<void>
): Promise<void> {
	const start = performance.now();
	const writes: Promise<void>[] = [];
	for (let n = 0; n < rate * seconds; n++) {
		const due = start + (n * 1000) / rate;
		await sleep(Math.max(0, due - performance.now()));
		const written = write(changes.begin(due), n);
		written.catch(() => {}); // thrown below
		writes.push(written);
	}
	await Promise.all(writes);
}
