/** One figure at several sizes as curves: one for each target. The sizes have a logarithmic axis. Pure. */
import { escape, fixed } from '../../html.ts';
import type { Results } from '../results.ts';
import type { TargetName } from '../targets/target.ts';
import type { Series } from '../work.ts';
import { short } from './table.ts';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [420, 220, 48, 30, 12, 38];
const AXES = { rows: 'signs in the table', viewers: 'viewers' };

export function lines(results: Results, targets: TargetName[], series: Series, sizes: number[]): string {
	const { title, x: axis, unit, metrics } = series;
	const curves = targets.map((target) => ({
		target,
		values: metrics.map((metric) => results.summary(target, metric)?.median),
	}));
	const most = Math.max(...curves.flatMap(({ values }) => values.map((value) => value ?? 0))) || 1;
	const [first, last] = [Math.log(sizes[0]!), Math.log(sizes.at(-1)!)];
	const x = (size: number) => LEFT + ((Math.log(size) - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
	const y = (value: number) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - BOTTOM - TOP);
	const drawn = curves.map(({ target, values }) => {
		const points = values.flatMap((value, n) =>
			value === undefined ? [] : [[fixed(x(sizes[n]!)), fixed(y(value))] as const]
		);
		const dots = points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5"/>`);
		return `<g class="${target}"><polyline points="${points.map((point) => point.join()).join(' ')}"/>${dots.join('')}</g>`;
	});
	const labels = sizes.map(
		(size) =>
			`<path class="grid" d="M${fixed(x(size))} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${fixed(x(size))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${size.toLocaleString('en')}</text>`
	);
	return `<figure><figcaption>${escape(title)} <small>${unit} (less is better)</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">${labels.join('')}
<path class="axis" fill="none" d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}"/>
<text x="${LEFT - 6}" y="${TOP + 8}" text-anchor="end">${short(most)}</text><text x="${LEFT - 6}" y="${HEIGHT - BOTTOM}" text-anchor="end">0</text>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${AXES[axis]}</text>
${drawn.join('\n')}</svg></figure>`;
}
