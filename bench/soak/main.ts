/**
 * `npm run soak`: a Harper of its own, devices, pages and changes for minutes, in between one reader that stops reading, one
 * flood and one kill. The table goes to stdout, the plots to a file, what it is doing to stderr. A broken bound makes it fail.
 */
import { writeFileSync } from 'node:fs';
import { judge } from './bounds.ts';
import { startWorn } from './harper.ts';
import { page } from './html.ts';
import { readOptions } from './options.ts';
import { soak } from './soak.ts';
import { tables } from './table.ts';

for (const [signal, number] of [
	['SIGINT', 2],
	['SIGTERM', 15],
	['SIGHUP', 1],
] as const)
	process.on(signal, () => process.exit(128 + number)); // Harper and its folder go with this process
try {
	const options = readOptions(process.argv.slice(2));
	if (process.platform !== 'linux') throw new Error('it reads /proc, and so runs on Linux only');
	writeFileSync(options.html, ''); // better now than after all
	console.error('Starting a Harper to wear…');
	const server = await startWorn(options.threads);
	const results = await Promise.race([soak(server, options, console.error), server.failed]);
	const bounds = judge(results, options);
	writeFileSync(options.html, page(results, bounds, `Soak of ${options.minutes} minutes`));
	console.log(tables(results, bounds));
	console.error(`The plots are in ${options.html}`);
	const broken = bounds.filter(({ isKept }) => !isKept);
	for (const { what, measured, bound } of broken) console.error(`Broken: ${what} is ${measured}, and must be ${bound}`);
	process.exit(broken.length ? 1 : 0);
} catch (error) {
	console.error((error as Error).message);
	process.exit(1);
}
