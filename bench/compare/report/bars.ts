/** One figure as bars: one for each target, with the least and the most of its rounds. Pure. */
import { escape, fixed } from '../../html.ts';
import type { Results } from '../results.ts';
import type { TargetName } from '../targets/target.ts';
import type { Metric } from '../work.ts';
import { cellText, short } from './table.ts';

const [WIDTH, LEFT, RIGHT, ROW] = [420, 92, 110, 24];

/** Empty when no target has this figure. */
export function bars(results: Results, targets: TargetName[], name: string, metric: Metric): string {
	const measured = targets.filter((target) => results.cell(target, name));
	if (!measured.length) return '';
	const finite = measured.flatMap((target) => results.summary(target, name)?.max ?? []).filter(Number.isFinite);
	const most = Math.max(...finite, 0) || 1;
	const x = (value: number) => LEFT + (Math.min(value, most) / most) * (WIDTH - LEFT - RIGHT);
	const rows = measured.map((target, n) => row({ results, target, name, y: n * ROW, x }));
	const { label, unit, better } = metric;
	return `<figure><figcaption>${escape(label)} <small>${escape(unit)} (${better} is better)</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${measured.length * ROW}" role="img" aria-label="${escape(label)}">${rows.join('\n')}</svg></figure>`;
}

interface Row {
	results: Results;
	target: TargetName;
	name: string;
	/** Its upper edge. */
	y: number;
	x(value: number): number;
}

function row({ results, target, name, y, x }: Row): string {
	const label = `<text x="${LEFT - 8}" y="${y + 16}" text-anchor="end">${target}</text>`;
	const summary = results.summary(target, name);
	if (!summary) return label + problemText(cellText(results, target, name), y);
	const { median, min, max } = summary;
	const isSaturated = results.cell(target, name)!.isClientSaturated;
	const text = median === Infinity ? 'not in time' : `${short(median)}${isSaturated ? ' *' : ''}`;
	const spread = min < max ? `<path class="spread" d="M${fixed(x(min))} ${y + 12}H${fixed(x(max))}"/>` : '';
	return `<g class="${target}">${label}<rect x="${LEFT}" y="${y + 4}" width="${fixed(Math.max(1, x(median) - LEFT))}" height="16"/>
${spread}<text x="${fixed(Math.max(x(median), x(Number.isFinite(max) ? max : median)) + 6)}" y="${y + 16}">${text}</text></g>`;
}

/** As much of it as the plot has space for; the table has all of it. */
const problemText = (text: string, y: number) =>
	`<text class="problem" x="${LEFT}" y="${y + 16}">${escape(text.length > 48 ? `${text.slice(0, 47)}…` : text)}</text>`;
