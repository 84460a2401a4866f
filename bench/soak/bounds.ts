/** Compares the results of a run with the bounds. Pure. */
import { percentile } from '../statistics.ts';
import type { Options } from './options.ts';
import type { Finals, Sample } from './samples.ts';

/** The phases, in order. */
export const PHASES = {
	warmUp: 'warm-up',
	rest: 'rest',
	abuse: 'slow reader and flood',
	kill: 'kill and restart',
	end: 'after it',
} as const;

export interface Results {
	samples: Sample[];
	finals: Finals[];
	/** After the warm-up and at the end: the memory after a garbage collection, in bytes, and the open file descriptors. */
	start: { memory: number; descriptors: number };
	end: { memory: number; descriptors: number };
}

export interface Bound {
	name: string;
	measured: string;
	bound: string;
	isKept: boolean;
}

export function checkBounds({ samples, finals, start, end }: Results, options: Options): Bound[] {
	const lost = finals.reduce((sum, { lost }) => sum + lost, 0);
	const growth = end.memory / start.memory;
	const moreDescriptors = end.descriptors - start.descriptors;
	const withFloor = (p99: number) => Math.max(options.delayFloor, p99);
	const [rest, abused] = [p99In(samples, PHASES.rest), p99In(samples, PHASES.abuse)];
	const slower = rest === undefined || abused === undefined ? Infinity : withFloor(abused) / withFloor(rest);
	return [
		bound('lost finals', lost, options.mostLost),
		bound('memory at the end / after the warm-up', growth, options.mostMemory),
		bound('descriptors at the end, more than after the warm-up', moreDescriptors, options.mostDescriptors),
		bound('p99 of delays during the flood / at rest', slower, options.mostDelay),
	];
}

const bound = (name: string, measured: number, max: number): Bound => ({
	name,
	measured: String(Math.round(measured * 100) / 100),
	bound: `at most ${max}`,
	isKept: measured <= max,
});

/** The median of the p99 of all intervals of a phase, so that one pause of the machine has no effect. */
function p99In(samples: Sample[], phase: string): number | undefined {
	const all = samples.filter((sample) => sample.phase === phase).flatMap(({ p99 }) => p99 ?? []);
	return percentile(all, 0.5);
}
