/**
 * `npm run soak`: runs a temporary Harper with devices, pages and changes for some minutes, with one client that stops
 * reading, one flood and one kill. It prints tables on stdout and its progress on stderr, and writes plots into a file. It
 * exits with 1 when a bound is broken.
 */
import { writeFileSync } from 'node:fs';
import { checkBounds } from './bounds.ts';
import { startWatchedHarper } from '../harper.ts';
import { exitAtSignals } from '../signals.ts';
import { page } from './html.ts';
import { readOptions } from './options.ts';
import { soak } from './soak.ts';
import { tables } from './table.ts';

exitAtSignals();
try {
	const options = readOptions(process.argv.slice(2));
	if (process.platform !== 'linux') throw new Error('it reads /proc, and so runs on Linux only');
	writeFileSync(options.html, ''); // fails now, not after the run, if it cannot be written
	console.error('Starting a Harper to wear…');
	const server = await startWatchedHarper(options);
	const results = await Promise.race([soak(server, options, console.error), server.failed]);
	const bounds = checkBounds(results, options);
	writeFileSync(options.html, page(results, bounds, `Soak of ${options.minutes} minutes`));
	console.log(tables(results, bounds));
	console.error(`The plots are in ${options.html}`);
	const broken = bounds.filter(({ isKept }) => !isKept);
	for (const { name, measured, bound } of broken) console.error(`Broken: ${name} is ${measured}, and must be ${bound}`);
	process.exit(broken.length ? 1 : 0);
} catch (error) {
	console.error((error as Error).message);
	process.exit(1);
}
