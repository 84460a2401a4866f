/** The results as a table of text, and as one JSON object. Pure. */
import { alignColumns } from '../../report.ts';
import type { Options } from '../options.ts';
import type { Results } from '../results.ts';
import { TARGETS, type TargetName } from '../targets/target.ts';
import type { Metric } from '../work.ts';
import { METRICS, WORKS } from '../works/index.ts';

export const SATURATED = '*';
export const READING = 'Medians of the rounds, with the least and the most in brackets.';
export const NOTE = `${SATURATED} the client used a whole core: the server may be able to do more than this.`;

/** What the application is compared with. */
const RATIOS = [
	['application-2', 'bare-table-2'],
	['application-1', 'bare-table-1'],
	['application-2', 'stitched'],
] as const;

/** The metrics of the chosen works that some target has. */
export const chosenMetrics = (results: Results, { works, targets }: Options): [string, Metric][] =>
	WORKS.filter(({ name }) => works.includes(name))
		.flatMap(({ metrics }) => Object.entries(metrics))
		.filter(([name]) => targets.some((target) => results.cell(target, name)));

export function table(results: Results, options: Options): string {
	const ratios = ratiosOf(options);
	const head = ['', ...options.targets, ...ratios.map(([one, other]) => `${one} ÷ ${other}`)];
	const lines = chosenMetrics(results, options).map(([name, { label, unit }]) => [
		unit ? `${label}, ${unit}` : label,
		...options.targets.map((target) => cellText(results, target, name)),
		...ratios.map(([one, other]) => ratioText(results, one, other, name)),
	]);
	return [alignColumns(head, lines), '', `${READING} ${NOTE}`, ...results.problems].join('\n');
}

/** The pairs whose targets were both chosen. */
export const ratiosOf = ({ targets }: Options) =>
	RATIOS.filter(([one, other]) => targets.includes(one) && targets.includes(other));

export function cellText(results: Results, target: TargetName, metric: string): string {
	const cell = results.cell(target, metric);
	if (!cell) return '–';
	if (cell.problem) return /^(lost|not measured):/.exec(cell.problem)?.[1] ?? 'failed';
	const { median, min, max } = results.summary(target, metric)!;
	const spread = cell.values.length > 1 ? ` (${short(min)}–${short(max)})` : '';
	return `${short(median)}${spread}${cell.isClientSaturated ? SATURATED : ''}`;
}

/** undefined without two figures, and for a division by 0 */
export function ratioOf(results: Results, one: TargetName, other: TargetName, metric: string): number | undefined {
	const [above, below] = [results.summary(one, metric)?.median, results.summary(other, metric)?.median];
	if (above === undefined || !below || below === Infinity || above === Infinity) return undefined;
	return above / below;
}

function ratioText(results: Results, one: TargetName, other: TargetName, metric: string): string {
	const ratio = ratioOf(results, one, other, metric);
	return ratio === undefined ? '–' : short(ratio);
}

/** Three significant digits. */
export const short = (value: number) =>
	value === Infinity ? 'not in time' : Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 3 });

export const json = (results: Results, options: Options, machine: string) =>
	JSON.stringify({
		machine,
		options,
		results: options.targets.flatMap((target) =>
			chosenMetrics(results, options).flatMap(([metric, { label, unit, better }]) => {
				const cell = results.cell(target, metric);
				return cell ? [{ target, metric, label, unit, better, ...cell, ...results.summary(target, metric) }] : [];
			})
		),
		ratios: ratiosOf(options).flatMap(([one, other]) =>
			Object.keys(METRICS).flatMap((metric) => {
				const ratio = ratioOf(results, one, other, metric);
				return ratio === undefined ? [] : [{ of: one, to: other, metric, ratio }];
			})
		),
		targets: Object.fromEntries(options.targets.map((name) => [name, TARGETS[name]])),
	});
