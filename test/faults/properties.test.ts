/**
 * Breaks: nothing. Generates 20,000 writes and hundreds of queries, inside and outside of the contract.
 * Promised: the row is as the contract requires, subscribers end with it, and a PATCH by query changes the rows that GET selects, and
 * a stream with a query has them.
 */
import fc from 'fast-check';
import { beforeAll, afterAll, expect, onTestFailed, test } from 'vitest';
import { rest } from '../support/clients.ts';
import { queries, signsToSelect } from '../support/generated-queries.ts';
import { compareWithGet } from '../support/selected-signs.ts';
import { lanes } from '../support/generated.ts';
import { readSeed } from '../support/seed.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';
import { openWritePath } from '../support/write-path.ts';

const WRITES = 20_000;
const QUERIES = 600;
/** Many times what a test takes. */
const MINUTES = { timeout: 300_000 };

let harper: TemporaryHarper;
beforeAll(async () => void (harper = await startTemporaryHarper()));
afterAll(() => harper?.remove());

test(`after each of ${WRITES} generated writes GET answers the row of the contract`, MINUTES, async () => {
	const path = await openWritePath(harper);
	onTestFailed(() => console.log(`failed after ${path.count()} writes`));
	const writes = fc.asyncProperty(lanes(48, 24), async (some) => {
		const ends = await Promise.allSettled(some.map(path.run));
		for (const end of ends) if (end.status === 'rejected') throw end.reason;
	});
	let seed = readSeed();
	// several runs at once: a run takes as long as its longest lane
	const worker = async () => {
		while (path.count() < WRITES) await fc.assert(writes, { seed: seed++, numRuns: 2 });
	};
	await Promise.all([worker(), worker(), worker()]);
});

test(`PATCH changes what GET answers for each of ${QUERIES} generated queries`, MINUTES, async () => {
	const ask = (method: string, path: string, body?: object) => rest(method, path, body, ADMIN, harper);
	for (const { id } of (await ask('GET', '/Sign/')).json()) await ask('DELETE', `/Sign/${encodeURIComponent(id)}`);
	for (const [i, sign] of signsToSelect.entries()) await ask('PUT', `/Sign/sign-${i}`, sign);
	const revisions = async () =>
		new Map(
			((await ask('GET', '/Sign/')).json() as { id: string; revision: number }[]).map((row) => [row.id, row.revision])
		);
	const counts = { answered: 0, refused: 0 };
	const selects = fc.asyncProperty(queries, async (query) => {
		const before = await revisions();
		const got = await ask('GET', `/Sign/?${query}`);
		const patched = await ask('PATCH', `/Sign/?${query}`, { effect: 'blink' });
		const after = await revisions();
		const changed = [...after.keys()].filter((id) => after.get(id) !== before.get(id)).sort();
		expect([200, 400], got.text).toContain(got.status);
		counts[got.status === 200 ? 'answered' : 'refused']++;
		expect(patched.status, patched.text).toBe(got.status);
		const rows = got.status === 200 ? (got.json() as ({ id: string } | string)[]) : [];
		const answered = rows.map((row) => (typeof row === 'string' ? row : row.id));
		expect(changed).toEqual(answered.sort());
		if (got.status === 200) expect(patched.json()).toEqual({ updated: changed.length });
	});
	await fc.assert(selects, { seed: readSeed(), numRuns: QUERIES });
	expect(Math.min(counts.answered, counts.refused), JSON.stringify(counts)).toBeGreaterThan(QUERIES / 20);
});

test(`a stream selects what GET answers for each of ${QUERIES / 2} generated queries`, MINUTES, async () => {
	const counts = await compareWithGet(harper, 'selected-', QUERIES / 2, readSeed());
	expect(Math.min(counts.answered, counts.refused), JSON.stringify(counts)).toBeGreaterThan(QUERIES / 20);
});
