/**
 * Remembers which connection made the latest write of a row, for clients that must not receive their own publishes (No
 * Local of MQTT 5 and of bridges). It does not change rows, and costs nothing while no client uses No Local.
 * Part of no-local.ts: delete them together.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** How many rows are remembered. */
const MAX_ROWS = 10_000;

const writer = new AsyncLocalStorage<object>();

/** By row: the version of its latest write by a single writer, and that writer. */
const latest = new Map<string, { version: number; by: object }>();

/** Runs `write` as a write of `by`. */
export const writeAs = <T>(by: object, write: () => T): T => writer.run(by, write);

export const currentWriter = (): object | undefined => writer.getStore();

/** Call it before a write, with all writers whose changes it combines. */
export function noteWriters(id: string, version: number, writers: (object | undefined)[]): void {
	const [by] = writers;
	if (!by || writers.some((other) => other !== by)) return;
	latest.delete(id);
	latest.set(id, { version, by });
	if (latest.size > MAX_ROWS) latest.delete(latest.keys().next().value!);
}

/** Whether `by` was the only writer of this version. */
export function isOnlyWriter(by: object, id: string, version: number): boolean {
	const noted = latest.get(id);
	return noted?.by === by && noted.version === version;
}
