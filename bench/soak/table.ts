/** The results of a run as tables of text: samples, finals and bounds. Pure. */
import { alignColumns } from '../report.ts';
import type { Bound, Results } from './bounds.ts';

export const HEAD = ['s', 'phase', 'memory MB', 'descriptors', 'p50 ms', 'p99 ms', 'events'];

const round = (value: number | undefined) => (value === undefined ? '' : String(Math.round(value * 10) / 10));

export const linesOf = ({ samples }: Results) =>
	samples.map(({ at, phase, memory, descriptors, p50, p99, events }) => [
		String(Math.round(at)),
		phase,
		round(memory && memory / 1e6),
		String(descriptors ?? ''),
		round(p50),
		round(p99),
		String(events),
	]);

export const boundLines = (bounds: Bound[]) =>
	bounds.map(({ name, measured, bound, isKept }) => [name, measured, bound, isKept ? 'kept' : 'BROKEN']);

export const finalLines = ({ finals }: Results) =>
	finals.map(({ at, after, lost, example }) => [String(Math.round(at)), `after ${after}`, String(lost), example ?? '']);

export const FINALS = ['s', 'checked', 'lost finals', 'for example'];
export const BOUNDS = ['bound', 'measured', '', ''];

export const tables = (results: Results, bounds: Bound[]) =>
	[
		alignColumns(HEAD, linesOf(results)),
		alignColumns(FINALS, finalLines(results)),
		alignColumns(BOUNDS, boundLines(bounds)),
	].join('\n\n');
