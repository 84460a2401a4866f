/**
 * `npm run bench`: what a sign, a viewer and a change cost a Harper of its own on this machine, and how many nodes fleets
 * need by that. Figures go to stdout, what it is doing to stderr. A lost message, a refused write and a Harper that ends
 * make it fail: then there are no figures.
 */
import { availableParallelism, totalmem } from 'node:os';
import { startMeasured } from './harper.ts';
import { measure } from './measure.ts';
import { readOptions, type Options } from './options.ts';
import { report } from './report.ts';
import { planFleets } from './sizing.ts';

/** In s: what a run may take beyond the loads that it was told to run. */
const SPARE = 180;

const log = (line: string) => console.error(line);

for (const [signal, number] of [
	['SIGINT', 2],
	['SIGTERM', 15],
	['SIGHUP', 1],
] as const)
	process.on(signal, () => process.exit(128 + number)); // Harper and its folder go with this process
try {
	const options = readOptions(process.argv.slice(2));
	if (process.platform !== 'linux') throw new Error('the benchmark reads /proc, and so runs on Linux only');
	console.log(await run(options));
	process.exit(0);
} catch (error) {
	console.error((error as Error).message);
	process.exit(1);
}

async function run(options: Options): Promise<string> {
	log('Starting a Harper to measure…');
	const target = await startMeasured(options);
	const results = await Promise.race([measure(target, options, log), target.failed, late(options)]);
	const { threads, headroom, perHour, signsPerViewer } = options;
	const node = {
		cores: Math.min(threads, availableParallelism()),
		memory: totalmem(),
		headroom: headroom / 100,
		mostEvents: 50,
		retentionDays: 3,
	};
	const fleets = planFleets(perHour, signsPerViewer, results.costs, node);
	return options.json ? JSON.stringify({ options, node, ...results, fleets }) : report(options, results, node, fleets);
}

function late({ seconds, rest }: Options): Promise<never> {
	const longest = 5 * seconds + 3 * rest + SPARE;
	return new Promise((_, fail) =>
		setTimeout(() => fail(new Error(`not done within ${longest} s: take less of everything`)), longest * 1000)
	);
}
