/**
 * Who writes, for clients that do not want to be told what they wrote themselves (No Local of MQTT 5 and of bridges). Touches no row.
 * Costs nothing where nobody asks for it.
 * Part of no-local.ts: to be deleted with it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Rows whose latest writer is remembered, at most. */
const MOST = 10_000;

const writer = new AsyncLocalStorage<object>();

/** By row: the version of a write, and who alone wrote it. */
const latest = new Map<string, { version: number; by: object }>();

/** Runs `write` in the name of `by`. */
export const writeAs = <T>(by: object, write: () => T): T => writer.run(by, write);

/** In whose name is written. */
export const currentWriter = (): object | undefined => writer.getStore();

/** Before a write: who all take part in it. */
export function noteWriters(id: string, version: number, writers: (object | undefined)[]): void {
	const [by] = writers;
	if (!by || writers.some((other) => other !== by)) return;
	latest.delete(id);
	latest.set(id, { version, by });
	if (latest.size > MOST) latest.delete(latest.keys().next().value!);
}

/** Whether nobody else took part in the write that made this version. */
export function wroteAlone(by: object, id: string, version: number): boolean {
	const noted = latest.get(id);
	return noted?.by === by && noted.version === version;
}
