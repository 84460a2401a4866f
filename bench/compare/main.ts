/**
 * `npm run compare`: measures this application beside the bare table of Harper, a stack of mosquitto, PostgreSQL and a
 * service, and an empty server, all on this machine. It prints a table on stdout and its progress on stderr. It exits with
 * 1 when a message was lost or a target failed: there is no figure then.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { exitAtSignals } from '../signals.ts';
import { readOptions, type Options } from './options.ts';
import { run } from './run.ts';
import { page } from './report/page.ts';
import { json, table } from './report/table.ts';

exitAtSignals();
try {
	const options = readOptions(process.argv.slice(2));
	if (process.platform !== 'linux') throw new Error('it reads /proc, and so runs on Linux only');
	if (options.html) writeFileSync(options.html, ''); // fails now, not after the run, if it cannot be written
	const results = await Promise.race([run(options, console.error), rejectWhenLate(options)]);
	console.log(options.json ? json(results, options, machine()) : table(results, options));
	if (options.html) {
		writeFileSync(options.html, page({ results, options, machine: machine(), date: new Date() }));
		console.error(`The report is in ${options.html}`);
	}
	if (options.json) for (const problem of results.problems) console.error(problem);
	process.exit(results.failures.length ? 1 : 0);
} catch (error) {
	console.error((error as Error).message);
	process.exit(1);
}

function rejectWhenLate({ minutes }: Options): Promise<never> {
	return new Promise((_, fail) =>
		setTimeout(() => fail(new Error(`not done within ${minutes} minutes: take less, or --minutes`)), minutes * 60_000)
	);
}

function machine(): string {
	const [{ model } = { model: 'unknown' }] = cpus();
	const memory = Math.round(totalmem() / 2 ** 30);
	return `${cpus().length} × ${model}, ${memory} GB, Linux ${release()}, Node ${process.versions.node}`;
}
