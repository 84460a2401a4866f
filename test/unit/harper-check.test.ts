/** `npm run harper-check`: which cures have a reproduction, and what its options and its table say. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../tools/harper-check/options.ts';
import { CHECKS, readCures } from '../../tools/harper-check/registry.ts';
import { json, lineOf, summaryOf } from '../../tools/harper-check/report.ts';

const CURES = readCures();
const names = CURES.map(({ name }) => name);

test('each cure has one reproduction, or a line of its header that says why there is none', () => {
	expect(CURES.length).toBeGreaterThan(50);
	for (const { name, notShown } of CURES) {
		const checks = CHECKS.filter(({ cure }) => cure === name);
		const rule = `${name}: give it a reproduction in tools/harper-check/, or a line "Check: none, because …"`;
		expect(checks.length, rule).toBe(notShown === undefined ? 1 : 0);
		if (notShown !== undefined) expect(notShown, rule).toMatch(/^.{20,}\.$/);
	}
});

test('each reproduction is of a cure', () => {
	for (const { cure } of CHECKS) expect(names).toContain(cure);
});

test('docs/harper-defects.md has a section for each reproduction, and names nothing of this project', () => {
	const text = readFileSync(resolve(import.meta.dirname, '../../docs/harper-defects.md'), 'utf8');
	const [, words = ''] = text.split('\n## ', 2);
	expect(words).not.toBe('');
	for (const { cure } of CHECKS) expect(text, cure).toContain(`\`${cure}\``);
	expect(text).not.toMatch(/harper-fixes|resources\.ts|\bapi\/|\bcure/);
});

describe('the options', () => {
	test('choose cures', () => {
		expect(readOptions(['--only', 'http2, clock', '--json'], names)).toMatchObject({
			only: ['http2', 'clock'],
			json: true,
		});
		expect(readOptions([], names)).toMatchObject({ only: [], json: false, application: undefined });
	});

	test.for(['nothing', 'http2,', 'HTTP2'])('refuse %s, with the names that exist', (only) => {
		expect(() => readOptions(['--only', only], names)).toThrow(
			/--only must name cures, got ".*": use one or more of .*http2/
		);
	});
});

test('the table has the cure, the verdict and what was seen, and the summary counts each verdict', () => {
	const seen = 'PUT answers 500';
	const results = [
		{ cure: 'http2', verdict: 'has it', seen, ms: 9 } as const,
		{ cure: 'clock', verdict: 'broken', seen: 'no CONNACK', ms: 9 } as const,
	];
	expect(lineOf(results[0]!)).toMatch(/^http2 +has it +PUT answers 500$/);
	expect(summaryOf(results, 4)).toBe('has it: 1, mended: 0, not applicable: 0, broken: 1, not shown: 4');
	expect(JSON.parse(json(results, [{ name: 'x', notShown: 'why' }]))).toEqual([
		...results,
		{ cure: 'x', verdict: 'not shown', seen: 'why' },
	]);
});
