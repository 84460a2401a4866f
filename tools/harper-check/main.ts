/**
 * `npm run harper-check`: shows for each cure in harper-fixes/ whether the Harper at hand has its defect, by the smallest
 * reproduction on a bare Harper. It exits with 0 when all reproductions ran, whatever they saw, and with 1 when one broke.
 */
import { readOptions, USAGE } from './options.ts';
import { CHECKS, readCures } from './registry.ts';
import { json, lineOf, summaryOf, notShownOf } from './report.ts';
import { runChecks } from './run.ts';

async function main(): Promise<void> {
	const cures = readCures();
	const options = readOptions(
		process.argv.slice(2),
		cures.map(({ name }) => name)
	);
	if (options.help) return console.log(USAGE);
	const isChosen = (name: string) => options.only.length === 0 || options.only.includes(name);
	const notShown = cures.filter(({ name, notShown }) => notShown && isChosen(name));
	const checks = CHECKS.filter(({ cure }) => isChosen(cure));
	if (!options.json)
		console.error(`${checks.length} reproductions run on Harper; each line appears when one has ended.`);
	const results = await runChecks(checks, options.application, (result) => {
		if (!options.json) console.log(lineOf(result));
	});
	if (options.json) console.log(json(results, notShown));
	else console.log([...notShown.map(notShownOf), '', summaryOf(results, notShown.length)].join('\n'));
	if (results.some(({ verdict }) => verdict === 'broken')) process.exitCode = 1;
}

try {
	await main();
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}
