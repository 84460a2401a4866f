/** The figures of a run: by target and metric one for each round, and why one is missing. Pure. */
import { percentile } from '../statistics.ts';
import type { TargetName } from './targets/target.ts';
import { METRICS, WORKS } from './works/index.ts';

export interface Cell {
	/** One for each round. `Infinity`: it did not come to its end. */
	values: number[];
	/** Whether the client limited one of them. */
	isClientSaturated: boolean;
	/** What was lost, or why it was not measured. With it there is no figure. */
	problem?: string;
}

export interface Summary {
	median: number;
	min: number;
	max: number;
}

export class Results {
	readonly #cells = new Map<string, Cell>();

	cell(target: TargetName, metric: string): Cell | undefined {
		return this.#cells.get(`${target} ${metric}`);
	}

	add(target: TargetName, values: Record<string, number>, isClientSaturated = false): void {
		for (const [metric, value] of Object.entries(values)) {
			const cell = this.#open(target, metric);
			cell.values.push(value);
			cell.isClientSaturated ||= isClientSaturated;
		}
	}

	/** @param work all its figures are void; undefined: those of all works */
	addProblem(target: TargetName, problem: string, work?: string): void {
		for (const { name, metrics } of WORKS)
			if (work === undefined || name === work)
				for (const metric of Object.keys(metrics)) this.#open(target, metric).problem ??= problem;
	}

	/** undefined without a valid figure */
	summary(target: TargetName, metric: string): Summary | undefined {
		const cell = this.cell(target, metric);
		return cell && !cell.problem && cell.values.length ? summarise(cell.values) : undefined;
	}

	/** What was lost, failed or could not be measured, each once. */
	get problems(): string[] {
		const problems = [...this.#cells].flatMap(([key, { problem }]) =>
			problem ? `${key.split(' ')[0]}: ${problem}` : []
		);
		return [...new Set(problems)];
	}

	/** Without the servers that are not installed. */
	get failures(): string[] {
		return this.problems.filter((problem) => !problem.includes(NOT_MEASURED));
	}

	#open(target: TargetName, metric: string): Cell {
		if (!METRICS[metric]) throw new Error(`there is no metric ${metric}`);
		const key = `${target} ${metric}`;
		const cell = this.#cells.get(key) ?? { values: [], isClientSaturated: false };
		this.#cells.set(key, cell);
		return cell;
	}
}

export const NOT_MEASURED = 'not measured: ';

const summarise = (values: number[]): Summary => ({
	median: median(values),
	min: Math.min(...values),
	max: Math.max(...values),
});

/** Of an even number it is the mean of the two in the middle. */
function median(values: number[]): number {
	const upper = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
	return values.length % 2 ? upper : (upper + percentile(values, 0.5)!) / 2;
}
