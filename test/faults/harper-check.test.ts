/** `npm run harper-check` on the Harper of package.json: it has each defect that can be shown. */
import { resolve } from 'node:path';
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { CHECKS, readCures } from '../../tools/harper-check/registry.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = resolve(ROOT, 'tools/harper-check/main.ts');

/** What a machine without these programs or rights cannot show. */
const MAY_BE_MISSING = ['clock', 'http2'];

interface Line {
	cure: string;
	verdict: string;
	seen: string;
}

async function check(...options: string[]) {
	const { code, text } = await new Promise<{ code: number; text: string }>((done) => {
		execFile(process.execPath, [MAIN, '--json', ...options], (error, stdout, stderr) =>
			done({ code: Number(error?.code ?? 0), text: stdout || stderr })
		);
	});
	return { code, lines: JSON.parse(text) as Line[] };
}

const unexpectedOf = (lines: Line[]) =>
	lines
		.filter(({ verdict }) => !['has it', 'not shown'].includes(verdict))
		.filter(({ cure, verdict }) => verdict !== 'not applicable' || process.env.CI || !MAY_BE_MISSING.includes(cure));

test('harper-check sees each defect on Harper 4.7.29', { timeout: 240_000 }, async () => {
	const { code, lines } = await check();
	expect(lines.map(({ cure }) => cure).sort()).toEqual(
		readCures()
			.map(({ name }) => name)
			.sort()
	);
	const unexpected = unexpectedOf(lines);
	// some defects are races between threads, which one try may miss
	const again = unexpected.length ? await check('--only', unexpected.map(({ cure }) => cure).join()) : undefined;
	expect(unexpectedOf(again?.lines ?? []), JSON.stringify(unexpected)).toEqual([]);
	expect(lines.filter(({ verdict }) => verdict === 'not shown').length).toBe(lines.length - CHECKS.length);
	if (!again) expect(code).toBe(0);
});

test('where this application runs, writes do not read which id the node has', { timeout: 60_000 }, async () => {
	const { lines } = await check('--only', 'own-node-id', '--application', ROOT);
	expect(lines).toEqual([expect.objectContaining({ cure: 'own-node-id', verdict: 'mended' })]);
});
