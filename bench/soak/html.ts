/** The results of a run as one HTML page with plots: inline SVG, for light and dark mode, without scripts or links. Pure. */
import { escape, fixed, htmlPage, htmlTable } from '../html.ts';
import { PHASES, type Bound, type Results } from './bounds.ts';
import { BOUNDS, boundLines, finalLines, FINALS } from './table.ts';

interface Line {
	name: string;
	points: { at: number; value: number | undefined }[];
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [860, 200, 60, 10, 30];

const STYLE = `:root { --one: light-dark(#0057b8, #6cb6ff); --two: light-dark(#b34700, #ffa657); --shade: light-dark(#f1d9d9, #4a2a2a); }
polyline { fill: none; stroke-width: 2; stroke: var(--one); } .line2 { stroke: var(--two); } .dot { fill: var(--one); }
text.line2 { fill: var(--two); stroke: none; } text.line1 { fill: var(--one); } rect { fill: var(--shade); }`;

export function page(results: Results, bounds: Bound[], title: string): string {
	const { samples, finals } = results;
	const line = (name: string, value: (sample: (typeof samples)[number]) => number | undefined): Line => ({
		name,
		points: samples.map((sample) => ({ at: sample.at, value: value(sample) })),
	});
	const plots = [
		plot(results, 'Memory, MB', [line('RssAnon', ({ memory }) => memory && memory / 1e6)]),
		plot(results, 'File descriptors', [line('open', ({ descriptors }) => descriptors)]),
		plot(results, 'Delay of events, ms', [line('p50', ({ p50 }) => p50), line('p99', ({ p99 }) => p99)]),
		plot(results, 'Lost finals', [{ name: 'lost', points: finals.map(({ at, lost }) => ({ at, value: lost })) }]),
	];
	const verdict = bounds.every(({ isKept }) => isKept) ? 'Every bound was kept.' : 'A bound was broken.';
	return htmlPage(
		title,
		STYLE,
		`<p>${verdict} Shaded: ${PHASES.abuse}; ${PHASES.kill}.</p>
${htmlTable(BOUNDS, boundLines(bounds))}
${plots.join('\n')}
<h2>Finals</h2>
${htmlTable(FINALS, finalLines(results))}`
	);
}

function plot({ samples }: Results, title: string, lines: Line[]): string {
	const end = Math.max(1, ...samples.map(({ at }) => at), ...lines.flatMap(({ points }) => points.map(({ at }) => at)));
	const max = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0)));
	const x = (at: number) => LEFT + (at / end) * (WIDTH - LEFT - 10);
	const y = (value: number) => HEIGHT - BOTTOM - (value / max) * (HEIGHT - BOTTOM - TOP);
	const shades = [PHASES.abuse, PHASES.kill].map((phase) => {
		const times = samples.filter((sample) => sample.phase === phase).map(({ at }) => at);
		if (!times.length) return '';
		const [from, to] = [x(Math.min(...times)), x(Math.max(...times))];
		return `<rect x="${fixed(from)}" y="${TOP}" width="${fixed(Math.max(2, to - from))}" height="${HEIGHT - BOTTOM - TOP}"/>`;
	});
	const drawn = lines.map(({ name, points }, n) => {
		const known = points.flatMap(({ at, value }) =>
			value === undefined ? [] : [[fixed(x(at)), fixed(y(value))] as const]
		);
		const dots = known.map(
			([cx, cy]) => `<circle class="dot" cx="${cx}" cy="${cy}" r="${points.length < 10 ? 4 : 0}"/>`
		);
		const label = `<text class="line${n + 1}" x="${LEFT + 8 + n * 60}" y="${TOP + 12}">${escape(name)}</text>`;
		return `<polyline class="line${n + 1}" points="${known.map((point) => point.join()).join(' ')}"/>${dots.join('')}${label}`;
	});
	return `<h2>${escape(title)}</h2>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">${shades.join('')}
<path class="axis" fill="none" d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 10}"/>
<text x="${LEFT - 6}" y="${TOP + 10}" text-anchor="end">${short(max)}</text><text x="${LEFT - 6}" y="${HEIGHT - BOTTOM}" text-anchor="end">0</text>
<text x="${LEFT}" y="${HEIGHT - 8}">0 s</text><text x="${WIDTH - 10}" y="${HEIGHT - 8}" text-anchor="end">${Math.round(end)} s</text>
${drawn.join('\n')}</svg>`;
}

const short = (value: number) => String(Number(value.toPrecision(3)));
