/** The results as one HTML page for people: what the application costs beside the others, work by work. Pure. */
import { escape, htmlPage, htmlTable } from '../../html.ts';
import type { Options } from '../options.ts';
import type { Results } from '../results.ts';
import { sizesOf } from '../sizes.ts';
import { TARGETS, type TargetName } from '../targets/target.ts';
import type { Work } from '../work.ts';
import { WORKS } from '../works/index.ts';
import { bars } from './bars.ts';
import { lines } from './lines.ts';
import { ratioPlots } from './ratio-plots.ts';
import { STYLE } from './style.ts';
import { cellText, chosenMetrics, NOTE, ratiosOf, READING } from './table.ts';

export interface Report {
	results: Results;
	options: Options;
	machine: string;
	/** When it was measured. */
	date: Date;
}

const TITLE = 'LED signs: one runtime beside the stack that it replaces';

export function page(report: Report): string {
	const { options, results, machine, date } = report;
	const { rounds, seconds, targets, works, syncs } = options;
	const sync = syncs ? '' : ' PostgreSQL did not wait for the disk (--no-fsync).';
	const chosen = WORKS.filter(({ name }) => works.includes(name));
	const when = date.toISOString().slice(0, 16).replace('T', ' ');
	return htmlPage(
		TITLE,
		STYLE,
		`<p class="facts">${escape(`${machine}. ${when} UTC. Rounds: ${rounds}, each load ${seconds} s.${sync}`)}</p>
${options.smoke ? '<p class="warning">A smoke run: its figures are worth nothing.</p>' : ''}
${results.problems.map((problem) => `<p class="warning">${escape(problem)}</p>`).join('\n')}
${legend(targets)}
${ratiosOf(options)
	.map(([one, other]) => ratioPlots(results, options, one, other))
	.join('\n')}
${chosen.map((work) => section(report, work)).join('\n')}
<h2>All figures</h2>
<div class="wide">${htmlTable(['', ...targets], figures(report))}</div>
<p>${escape(`${READING} ${NOTE}`)}</p>
${BEFORE}`
	);
}

/** What a reader must know before the figures are used in an argument. */
const BEFORE = `<h2>Before you conclude anything</h2>
<ul>
<li>Clients and servers share this machine. A ratio of two targets says more than a figure.</li>
<li>The targets do not promise the same. PostgreSQL waits until the disk has a commit (unless the run had --no-fsync); Harper
waits until the kernel has it. Both survive a kill -9, and only the first a power cut. mosquitto acknowledges what it has
not stored.</li>
<li>The bare table has no rules, no accounts and no order of writes. The service has rules, and no accounts.</li>
<li>docs/compare.md of the project says more.</li>
</ul>`;

const legend = (targets: TargetName[]) =>
	`<ul class="legend">${targets.map((name) => `<li class="${name}"><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12"/></svg>${escape(TARGETS[name])}</li>`).join('')}</ul>`;

function section({ results, options }: Report, { title, about, metrics, series = [] }: Work): string {
	const drawn = new Set(series.flatMap(({ metrics }) => metrics));
	const figures = Object.entries(metrics)
		.filter(([name]) => !drawn.has(name))
		.map(([name, metric]) => bars(results, options.targets, name, metric));
	const sizes = sizesOf(options.smoke);
	const curves = series.map((one) => lines(results, options.targets, one, sizes[one.x]));
	return `<section><h2>${escape(title)}</h2>
<p>${escape(about)}</p>
<div class="figures">${[...curves, ...figures].join('\n')}</div></section>`;
}

const figures = ({ results, options }: Report) =>
	chosenMetrics(results, options).map(([name, { label, unit }]) => [
		unit ? `${label}, ${unit}` : label,
		...options.targets.map((target) => cellText(results, target, name)),
	]);
