/** Whether the server held: each bound, what was measured, and whether it is kept. Pure. */
import { percentile } from '../statistics.ts';
import type { Options } from './options.ts';
import type { Finals, Sample } from './samples.ts';

/** The phases, in their order. */
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
	/** After the warm-up, and at the end: bytes with the garbage collected, and descriptors. */
	start: { memory: number; descriptors: number };
	end: { memory: number; descriptors: number };
}

export interface Bound {
	what: string;
	measured: string;
	bound: string;
	isKept: boolean;
}

export function judge({ samples, finals, start, end }: Results, options: Options): Bound[] {
	const lost = finals.reduce((sum, { lost }) => sum + lost, 0);
	const growth = end.memory / start.memory;
	const more = end.descriptors - start.descriptors;
	const atLeast = (p99: number) => Math.max(options.delayFloor, p99);
	const [rest, abused] = [p99In(samples, PHASES.rest), p99In(samples, PHASES.abuse)];
	const slower = rest === undefined || abused === undefined ? Infinity : atLeast(abused) / atLeast(rest);
	return [
		bound('lost finals', lost, options.mostLost),
		bound('memory at the end / after the warm-up', growth, options.mostMemory),
		bound('descriptors at the end, more than after the warm-up', more, options.mostDescriptors),
		bound('p99 of delays during the flood / at rest', slower, options.mostDelay),
	];
}

const bound = (what: string, measured: number, most: number): Bound => ({
	what,
	measured: String(Math.round(measured * 100) / 100),
	bound: `at most ${most}`,
	isKept: measured <= most,
});

/** Of its intervals the median: one that met a pause of the machine does not count. */
function p99In(samples: Sample[], phase: string): number | undefined {
	const all = samples.filter((sample) => sample.phase === phase).flatMap(({ p99 }) => p99 ?? []);
	return percentile(all, 0.5);
}
