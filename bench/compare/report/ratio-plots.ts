/**
 * How much better or worse the application is than another target, figure by figure, on a logarithmic axis: to the right
 * of the middle the application is better. Pure.
 */
import { escape, fixed } from '../../html.ts';
import type { Options } from '../options.ts';
import type { Results } from '../results.ts';
import { TARGETS, type TargetName } from '../targets/target.ts';
import { chosenMetrics, ratioOf, short } from './table.ts';

const [WIDTH, LEFT, RIGHT, ROW] = [860, 330, 70, 20];
/** A factor beyond it is drawn as it. */
const MOST = 10;
const MIDDLE = (LEFT + WIDTH - RIGHT) / 2;
/** Figures that say nothing of speed or cost; an acknowledgement of what is not stored is no merit. */
const LEFT_OUT = ['acknowledged', 'lines', 'cures', 'servers', 'processes', 'hotShare'];

export function ratioPlots(results: Results, options: Options, one: TargetName, other: TargetName): string {
	const factors = chosenMetrics(results, options).flatMap(([name, { label, better }]) => {
		const ratio = LEFT_OUT.includes(name) ? undefined : ratioOf(results, one, other, name);
		return ratio ? [{ label, factor: better === 'more' ? ratio : 1 / ratio }] : [];
	});
	if (!factors.length) return '';
	const rows = factors.map(({ label, factor }, n) => row(label, factor, n * ROW));
	const title = `${TARGETS[one]}, beside: ${TARGETS[other]}`;
	return `<h2>${escape(title)}</h2>
<p>Right of the line: better than the other by this factor. Left: worse.</p>
<svg viewBox="0 0 ${WIDTH} ${factors.length * ROW + 4}" role="img" aria-label="${escape(title)}">
<path class="axis" d="M${MIDDLE} 0V${factors.length * ROW + 4}"/>${rows.join('\n')}</svg>`;
}

function row(label: string, factor: number, y: number): string {
	const length = (Math.min(Math.abs(Math.log(factor)), Math.log(MOST)) / Math.log(MOST)) * (WIDTH - RIGHT - MIDDLE);
	const isBetter = factor >= 1;
	const [start, end] = isBetter ? [MIDDLE, MIDDLE + length] : [MIDDLE - length, MIDDLE];
	const text = `${short(isBetter ? factor : 1 / factor)} ×`;
	const at = isBetter ? `x="${fixed(end + 5)}"` : `x="${fixed(start - 5)}" text-anchor="end"`;
	return `<text x="0" y="${y + 15}">${escape(label)}</text>
<rect class="${isBetter ? 'better' : 'worse'}" x="${fixed(start)}" y="${y + 4}" width="${fixed(Math.max(1, end - start))}" height="13"/><text ${at} y="${y + 15}">${text}</text>`;
}
