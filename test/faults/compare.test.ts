/**
 * `npm run compare`, as a user runs it: that each target starts, that each work gives its figures, that a lost message
 * leaves none, and that no process and no file is left behind.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fanOut } from '../../bench/compare/fan-out.ts';
import { HttpConnection } from '../../bench/compare/clients/http.ts';
import { replaceAtFullSpeed } from '../../bench/compare/writes.ts';
import { mosquittoProgram, postgresPrograms } from '../../bench/compare/targets/installed.ts';
import { startForgetfulTarget } from '../support/forgetful-target.ts';
import { startProgram } from '../support/program.ts';

const TIMEOUT = { timeout: 240_000 };
const isComplete = hasServers();
if (!isComplete) console.warn('mosquitto or postgresql is not installed: its tests are skipped');

function hasServers(): boolean {
	try {
		return Boolean(mosquittoProgram() && postgresPrograms());
	} catch {
		return false;
	}
}

/** Runs it. Returns what it prints on stdout, its temporary files, and its processes. */
function compare(words: string[]) {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
	chmodSync(folder, 0o755); // PostgreSQL runs as another user when this is root
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const html = join(folder, 'compare.html');
	const program = startProgram('bench/compare/main.ts', [...words, `--html=${html}`], { TMPDIR: folder });
	let stdout = '';
	program.child.stdout.on('data', (part) => (stdout += part));
	return {
		...program,
		stdout: () => stdout,
		html: () => readFileSync(html, 'utf8'),
		leftovers: () => readdirSync(folder),
		processes: () => processesWith(folder),
	};
}

/** The processes whose command or environment names the folder. */
const processesWith = (folder: string) =>
	readdirSync('/proc')
		.filter((pid) => /^\d+$/.test(pid))
		.filter((pid) => ['cmdline', 'environ'].some((file) => read(`/proc/${pid}/${file}`).includes(folder)));

/** A process may end meanwhile. */
function read(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

interface Row {
	target: string;
	metric: string;
	median: number;
	values: number[];
}

const COSTS = ['memory', 'putRate', 'putCpu', 'acknowledged'];
const SIGNS = ['restMqtt', 'restSse', 'mqttSse', 'mqttMqtt', 'hotRate', 'hotP99', 'eventP99', 'viewerP99Many', 'lines'];
const STORES = ['stored', 'rowCpuMany', 'rowMemoryMany'];

test.skipIf(!isComplete)(
	'every target starts, every work gives its figures, and nothing is left behind',
	TIMEOUT,
	async () => {
		const { exit, stdout, printed, html, leftovers, processes } = compare(['--smoke', '--json']);
		expect(await exit, printed()).toBe(0);
		const { results, ratios } = JSON.parse(stdout()) as { results: Row[]; ratios: { ratio: number }[] };
		const figure = (target: string, metric: string) =>
			results.find((row) => row.target === target && row.metric === metric)?.median;
		for (const metric of COSTS) expect(figure('floor', metric), `floor ${metric}`).toBeGreaterThan(0);
		for (const target of ['application-2', 'application-1', 'bare-table-2', 'stitched']) {
			for (const metric of [...COSTS, ...SIGNS, ...STORES])
				expect(figure(target, metric), `${target} ${metric}`).toBeGreaterThan(0);
			for (const metric of ['behind', 'signsBehind', 'killWorst'])
				expect(figure(target, metric), `${target} ${metric}`).toBeGreaterThanOrEqual(0);
		}
		for (const target of ['application-2', 'application-1', 'bare-table-2'])
			expect(figure(target, 'killHarper'), target).toBeGreaterThanOrEqual(0);
		for (const metric of ['killMosquitto', 'killPostgres', 'killService'])
			expect(figure('stitched', metric), metric).toBeGreaterThanOrEqual(0);
		expect(figure('application-2', 'killWorst')).toBe(0);
		expect(ratios.length).toBeGreaterThan(30);
		expect(html()).not.toMatch(/<script|https?:|NaN|undefined/);
		for (const name of ['html', 'body', 'svg', 'table', 'tr', 'td', 'text', 'style', 'figure', 'section', 'g'])
			expect(html().split(`</${name}>`), name).toHaveLength(html().split(new RegExp(`<${name}[ >]`)).length);
		expect(leftovers()).toEqual(['compare.html']);
		await expect.poll(processes).toEqual([]);
	}
);

test.skipIf(!isComplete)('Ctrl-C ends every server too', TIMEOUT, async () => {
	const { child, exit, until, leftovers, processes } = compare(['--smoke', '--only=stitched,application-1,floor']);
	for (const started of ['stitched: put', 'application-1: put', 'floor: put']) await until(started);
	expect(processes().length).toBeGreaterThan(3);
	child.kill('SIGINT');
	expect(await exit).toBe(130);
	await expect.poll(processes).toEqual([]);
	expect(leftovers()).toEqual(['compare.html']);
});

test('an event that one stream misses leaves no figure', TIMEOUT, async () => {
	const target = await startForgetfulTarget({ missedEvent: 30 });
	const load = { streams: 4, rate: 20, seconds: 1, ids: ['one', 'two'] };
	await expect(fanOut(target, load)).rejects.toThrow('lost: 1 of 80 events of streams');
});

test('a write that is acknowledged and not stored leaves no figure', TIMEOUT, async () => {
	const target = await startForgetfulTarget({ forgets: (row) => row.id === 'two' });
	const connections = [await HttpConnection.open(target.url)];
	onTestFinished(() => connections[0]!.close());
	const writes = (ids: string[]) => replaceAtFullSpeed(target, ids, connections, 0.2);
	expect((await writes(['one'])).writes).toBeGreaterThan(0);
	await expect(writes(['one', 'two'])).rejects.toThrow(
		/lost: "c \d+" was acknowledged last of two, and it has "nothing"/
	);
});

test.for<[why: string, words: string[]]>([
	['--rounds must be a whole number from 1 to 50, got "0"', ['--rounds=0']],
	['--seconds must be a number from 0.2 to 60, got "long"', ['--seconds=long']],
	['--only must name some of application-2, application-1,', ['--only=put,redis']],
	["Unknown option '--round'", ['--round=1']],
])('it prints "%s" and fails for %j', async ([why, words]) => {
	const { exit, printed, stdout } = compare(words);
	expect(await exit).toBe(1);
	expect(printed()).toContain(why);
	expect(printed()).not.toMatch(/\n\s+at /);
	expect(stdout()).toBe('');
});
