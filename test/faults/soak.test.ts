/**
 * Breaks: a reader that stops, a flood and a kill, in a short run of `npm run soak`.
 * Promised: its exit code, a table and a page of plots show whether each bound was kept.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../support/program.ts';

const TIMEOUT = { timeout: 240_000 };
/** The smallest possible run. Beside other tests its delays mean nothing, so that bound is wide. */
const TINY = ['--minutes=0.3', '--devices=4', '--pages=6', '--rate=5', '--flood=20', '--interval=1'];
const WIDE = ['--most-delay=1000', '--most-memory=2', '--most-descriptors=30'];

function soak(words: string[]) {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const html = join(folder, 'soak.html');
	const program = startProgram('bench/soak/main.ts', [...words, `--html=${html}`], { TMPDIR: folder });
	return { ...program, html: () => readFileSync(html, 'utf8'), leftovers: () => readdirSync(folder) };
}

test('a run that holds ends with 0, a table and a page with its plots, and leaves nothing else', TIMEOUT, async () => {
	const { exit, printed, html, leftovers } = soak([...TINY, ...WIDE]);
	expect(await exit, printed()).toBe(0);
	for (const phase of ['warm-up', 'rest', 'slow reader and flood', 'kill and restart', 'after it'])
		expect(printed()).toMatch(new RegExp(`after ${phase} +0`));
	expect(html()).toContain('Every bound was kept.');
	expect(html().match(/<svg /g)).toHaveLength(4);
	expect(html()).toMatch(/<polyline class="line1" points="[\d.,]+ [\d., ]+"\/>/);
	expect(html()).not.toMatch(/<script|https?:|NaN|undefined/);
	// each element that is opened is closed
	for (const name of ['html', 'body', 'svg', 'table', 'tr', 'td', 'text', 'style'])
		expect(html().split(`</${name}>`), name).toHaveLength(html().split(new RegExp(`<${name}[ >]`)).length);
	expect(leftovers()).toEqual(['soak.html']);
});

test('a broken bound is named, and ends it with 1', TIMEOUT, async () => {
	const { exit, printed, html } = soak([...TINY, ...WIDE, '--most-memory=0.01']);
	expect(await exit).toBe(1);
	expect(printed()).toMatch(/Broken: memory at the end \/ after the warm-up is [\d.]+, and must be at most 0.01/);
	expect(html()).toContain('A bound was broken.');
});

test('Ctrl-C ends Harper too', TIMEOUT, async () => {
	const { child, exit, until, leftovers } = soak(TINY);
	await until('warm-up');
	child.kill('SIGINT');
	expect(await exit).toBe(130);
	expect(leftovers()).toEqual(['soak.html']);
});

test.for<[why: string, words: string[]]>([
	['--minutes must be a number from 0.2 to 10000, got "0"', ['--minutes=0']],
	['--devices must be a whole number from 1 to 5000, got "2.5"', ['--devices=2.5']],
	["Unknown option '--minute'", ['--minute=1']],
])('it prints "%s" and fails for %j', async ([why, words]) => {
	const { exit, printed } = soak(words);
	expect(await exit).toBe(1);
	expect(printed()).toContain(why);
});
