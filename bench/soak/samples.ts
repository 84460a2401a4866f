/** Samples of the server: memory, file descriptors and delays per interval. It reads /proc, which only Linux has. */
import { readdirSync } from 'node:fs';
import { memoryOf } from '../usage.ts';
import type { Delays } from './delays.ts';

export interface Sample {
	/** In s since the start. */
	at: number;
	phase: string;
	/** In bytes. `memory` and `descriptors` are undefined while Harper does not run. */
	memory: number | undefined;
	descriptors: number | undefined;
	/** Delays in ms; undefined when no event arrived. */
	p50: number | undefined;
	p99: number | undefined;
	/** Number of events. */
	events: number;
}

/** The result of one check of the subscribers' last rows, while the changes are paused. */
export interface Finals {
	/** In s since the start. */
	at: number;
	/** The phase before the check. */
	after: string;
	/** How many last rows differ from the stored ones. */
	lost: number;
	/** The first difference: the subscriber and the sign. */
	example: string | undefined;
}

export const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

export function takeSample(at: number, phase: string, pid: number, delays: Delays): Sample {
	const { p50, p99, count } = delays.takeLatency();
	return {
		at,
		phase,
		memory: ifRunning(() => memoryOf(pid)),
		descriptors: ifRunning(() => descriptorsOf(pid)),
		p50,
		p99,
		events: count,
	};
}

/** Undefined when the process has just been killed: then /proc has no entry for it. */
function ifRunning(read: () => number): number | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
