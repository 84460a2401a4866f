/** What is seen of the server in an interval: memory, descriptors, delays. Reads /proc, and so runs on Linux only. */
import { readdirSync } from 'node:fs';
import { memoryOf } from '../usage.ts';
import type { Delays } from './delays.ts';

export interface Sample {
	/** In s since the start. */
	at: number;
	phase: string;
	/** In bytes; undefined while Harper is not there. */
	memory: number | undefined;
	descriptors: number | undefined;
	/** In ms; undefined when nothing was heard. */
	p50: number | undefined;
	p99: number | undefined;
	/** How many were heard. */
	events: number;
}

/** A count of subscribers whose last value of a sign is not the stored one, after the changes had paused. */
export interface Finals {
	at: number;
	after: string;
	lost: number;
	/** Who lost what, of the first. */
	example: string | undefined;
}

export const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

export function takeSample(at: number, phase: string, pid: number, delays: Delays): Sample {
	const { p50, p99, count } = delays.take();
	return {
		at,
		phase,
		memory: ifThere(() => memoryOf(pid)),
		descriptors: ifThere(() => descriptorsOf(pid)),
		p50,
		p99,
		events: count,
	};
}

/** A process that was just killed has nothing to read. */
function ifThere(read: () => number): number | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
