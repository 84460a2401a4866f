/** The results of `npm run compare`: medians, ratios, and what is no figure. */
import { expect, test } from 'vitest';
import { readOptions } from '../../bench/compare/options.ts';
import { page } from '../../bench/compare/report/page.ts';
import { json, table } from '../../bench/compare/report/table.ts';
import { Results } from '../../bench/compare/results.ts';

const OPTIONS = readOptions(['--only=application-2,bare-table-2,stitched,put']);

function resultsOf(rounds: { application: number; stitched: number }[]) {
	const results = new Results();
	for (const { application, stitched } of rounds) {
		results.add('application-2', { putRate: application });
		results.add('stitched', { putRate: stitched }, true);
	}
	return results;
}

test('the table has the median of the rounds, its spread, the ratio, and a mark where the client was the limit', () => {
	const results = resultsOf([
		{ application: 30, stitched: 10 },
		{ application: 10, stitched: 12 },
		{ application: 24, stitched: 16 },
	]);
	expect(table(results, OPTIONS)).toMatch(/PUT, per s +24 \(10–30\) +– +12 \(10–16\)\* +– +2\n/);
	expect(JSON.parse(json(results, OPTIONS, 'a machine')).ratios).toEqual([
		{ of: 'application-2', to: 'stitched', metric: 'putRate', ratio: 2 },
	]);
});

test('the median of two rounds is between them', () => {
	const results = resultsOf([
		{ application: 10, stitched: 1 },
		{ application: 20, stitched: 1 },
	]);
	expect(results.summary('application-2', 'putRate')).toEqual({ median: 15, min: 10, max: 20 });
});

test('what was lost in one round has no figure and no ratio', () => {
	const results = resultsOf([{ application: 10, stitched: 1 }]);
	results.addProblem('application-2', 'lost: 3 of 80 events of streams', 'put');
	results.add('application-2', { putRate: 1_000 });
	expect(table(results, OPTIONS)).toMatch(/PUT, per s +lost +– +1\* +– +–\n/);
	expect(results.failures).toEqual(['application-2: lost: 3 of 80 events of streams']);
	expect(page({ results, options: OPTIONS, machine: 'a machine', date: new Date() })).toContain('3 of 80 events');
});

test('a server that is not installed is named with its remedy, and is no failure', () => {
	const results = resultsOf([]);
	results.addProblem('stitched', 'not measured: apt install mosquitto postgresql', 'put');
	expect(table(results, OPTIONS)).toContain('\nstitched: not measured: apt install mosquitto postgresql');
	expect(results.failures).toEqual([]);
});
