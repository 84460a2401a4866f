/** `npm run bench`, as a user runs it: what it prints, and that it prints no figure when a message was lost. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openPipe } from '../support/pipe.ts';
import { startProgram } from '../support/program.ts';
import { freePorts } from '../../launcher/ports.ts';

const TIMEOUT = { timeout: 120_000 };

/** Runs it. Returns what it prints on stdout, and its temporary folders. */
function bench(words: string[]) {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const program = startProgram('bench/main.ts', words, { TMPDIR: folder });
	let stdout = '';
	program.child.stdout.on('data', (part) => (stdout += part));
	return { ...program, stdout: () => stdout, leftovers: () => readdirSync(folder) };
}

test('it measures every cost, sizes three fleets by them, and leaves nothing behind', TIMEOUT, async () => {
	const { exit, stdout, printed, leftovers } = bench(['--quick', '--json']);
	expect(await exit, printed()).toBe(0);
	const { costs, loads, fleets } = JSON.parse(stdout());
	for (const cost of ['idleMemory', 'connectCpu', 'rowCpu', 'changeCpu', 'signDisk', 'writeDisk'])
		expect(costs[cost], cost).toBeGreaterThan(0);
	expect(loads['changes, viewers listen']).toMatchObject({ writes: 20, heard: 5 * 20, told: { count: 5 * 20 } });
	const devices = loads['changes, devices listen and report'];
	expect([devices.writes, devices.told.count, devices.reported.count]).toEqual([20, 20, 20]);
	expect(fleets.map(({ signs }: { signs: number }) => signs)).toEqual([100, 10_000, 1_000_000]);
	expect(leftovers()).toEqual([]);
});

test(
	'it fails when one viewer misses the last message, and prints which viewer and which message',
	TIMEOUT,
	async () => {
		const [port] = await freePorts(1);
		let lost = 0;
		// 20 changes each, for no subscriber, for devices, for viewers
		const pipe = await openPipe(port!, (bytes) => bytes.includes('"bench 60"') && lost++ === 0);
		const { exit, stdout, printed, leftovers } = bench(['--quick', `--port=${port}`, `--viewers-port=${pipe.port}`]);
		expect(await exit).toBe(1);
		expect(printed()).toMatch(/lost: viewer \d heard revision \d+, .* of bench-20 last; written was "bench 60"/);
		expect(stdout()).toBe('');
		expect(lost).toBe(5);
		expect(leftovers()).toEqual([]);
	}
);

test('it ends Harper too when it is ended', TIMEOUT, async () => {
	const [port] = await freePorts(1);
	const { child, exit, until, leftovers } = bench(['--quick', `--port=${port}`]);
	await until('warming up');
	await fetch(`http://127.0.0.1:${port}/icon.svg`);
	child.kill('SIGINT');
	expect(await exit).toBe(130);
	await expect(fetch(`http://127.0.0.1:${port}/icon.svg`)).rejects.toThrow();
	expect(leftovers()).toEqual([]);
});

test.for<[why: string, words: string[]]>([
	['--signs must be a whole number from 10 to 100000, got "many"', ['--signs', 'many']],
	['--seconds must be a whole number from 1 to 120, got "0"', ['--seconds=0']],
	['--devices must be less than --signs, 50, got 60', ['--signs=50', '--devices=60']],
	['--viewers times --signs must be at most 2000000', ['--viewers=5000', '--signs=5000']],
	["Unknown option '--sings'", ['--sings=5']],
])('it prints "%s" and fails for %j', async ([why, words]) => {
	const { exit, printed, stdout } = bench(words);
	expect(await exit).toBe(1);
	expect(printed()).toContain(why);
	expect(printed()).not.toMatch(/\n\s+at /);
	expect(stdout()).toBe('');
});
