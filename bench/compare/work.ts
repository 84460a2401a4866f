/** What a work is: a load on a target, and the figures that it gives. */
import type { Metered } from './meter.ts';
import type { Sizes } from './sizes.ts';
import type { Target } from './targets/target.ts';

export interface Metric {
	label: string;
	unit: string;
	better: 'more' | 'less';
}

export interface Bench {
	target: Target;
	sizes: Sizes;
	/** Length of each load, in s. */
	seconds: number;
	/** The ids of the signs that are in the table. */
	ids: string[];
}

export interface Outcome {
	/** By the name of a metric. A figure that this target cannot have is left out. */
	values: Record<string, number>;
	/** Whether the client limited it. */
	isClientSaturated?: boolean;
}

export interface Series {
	title: string;
	x: 'rows' | 'viewers';
	unit: string;
	/** The names of the metrics, one for each size. */
	metrics: string[];
}

export interface Work {
	/** For `--only`. */
	name: string;
	title: string;
	/** What was done, in one or two sentences for the report. */
	about: string;
	metrics: Record<string, Metric>;
	/** For the report: metrics that are one figure at several sizes. */
	series?: Series[];
	/** Whether the floor has it too. */
	needsSigns: boolean;
	/** Whether it gets a target that has just been started. */
	needsNew?: boolean;
	/** Whether one round is enough: it takes long, or cannot differ. */
	isOnce?: boolean;
	/** @throws when a message is lost, or a write is refused */
	run(bench: Bench): Promise<Outcome>;
}

export const perSecond = (count: number, { seconds }: Metered) => count / seconds;
