/**
 * `npm run bench`: measures what a sign, a viewer and a change cost a temporary Harper on this machine, and calculates how
 * many nodes a fleet needs. It prints the figures on stdout and its progress on stderr. After a lost message, a refused
 * write or the end of Harper it exits with 1, without figures.
 */
import { availableParallelism, totalmem } from 'node:os';
import { startWatchedHarper } from './harper.ts';
import { exitAtSignals } from './signals.ts';
import { measure } from './measure.ts';
import { readOptions, type Options } from './options.ts';
import { report } from './report.ts';
import { planFleets } from './sizing.ts';

/** In s: how much longer than its loads a run may take. */
const EXTRA_TIME = 180;

const log = (line: string) => console.error(line);

exitAtSignals();
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
	const harper = await startWatchedHarper({ threads: options.threads, httpPort: options.port });
	const { viewersPort } = options;
	const target = { ...harper, viewersUrl: viewersPort ? `http://127.0.0.1:${viewersPort}` : harper.url };
	const results = await Promise.race([measure(target, options, log), target.failed, rejectWhenLate(options)]);
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

function rejectWhenLate({ seconds, rest }: Options): Promise<never> {
	const maxSeconds = 5 * seconds + 3 * rest + EXTRA_TIME;
	return new Promise((_, fail) =>
		setTimeout(() => fail(new Error(`not done within ${maxSeconds} s: take less of everything`)), maxSeconds * 1000)
	);
}
