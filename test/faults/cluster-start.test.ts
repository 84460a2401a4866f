/** `npm run cluster`, as a user runs it, and what it prints. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runLine, startProgram } from '../support/program.ts';
import { describeCluster } from '../support/test-cluster.ts';
import { freePorts } from '../../launcher/ports.ts';

const MINUTES = { timeout: 300_000 };
/** The launcher gives up after 60 s for the starts, and 30 s for the connections. */
const START_MS = 100_000;

async function start() {
	const [http, mqtt, operations] = await freePorts(3);
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-nodes-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const settings = {
		HTTP_PORT: String(http),
		MQTT_PORT: String(mqtt),
		OPERATIONS_PORT: String(operations),
		DATA_DIR: folder,
	};
	return { settings, ...startProgram('launcher/start.js', ['cluster'], settings) };
}

/** The message of the sign on a node; undefined while the node does not have the sign. */
async function messageOn(page: string): Promise<string | undefined> {
	const response = await fetch(`${page}Sign/lobby`);
	return response.ok ? ((await response.json()) as { message: string }).message : undefined;
}

await describeCluster('npm run cluster', () => {
	test('starts three nodes that replicate, goes on without one, and ends all with Ctrl-C', MINUTES, async () => {
		const { settings, child, exit, until } = await start();
		const printed = await until('Ctrl-C', START_MS);
		const pages = [...printed.matchAll(/page (\S+)/g)].map(([, page]) => page!);
		expect(pages.map((page) => new URL(page).hostname)).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.4']);
		for (const page of pages) expect(await (await fetch(page)).text()).toContain('<title>LED signs</title>');

		await runLine(printed.match(/curl .*/)![0]);
		for (const page of pages) await expect.poll(() => messageOn(page)).toBe('Hello');

		await runLine(printed.match(/kill -9 \d+/)![0]);
		await until('Node 127.0.0.3 ended by itself with SIGKILL; the others go on');
		const body = JSON.stringify({ message: 'without one' });
		await fetch(`${pages[0]}Sign/lobby`, { method: 'PATCH', body, headers: { 'Content-Type': 'application/json' } });
		await expect.poll(() => messageOn(pages[2]!)).toBe('without one');

		child.kill('SIGINT');
		expect(await exit).toBe(0);
		for (const page of pages) await expect(fetch(page)).rejects.toThrow();

		const again = startProgram('launcher/start.js', ['cluster'], settings);
		await again.until('Ctrl-C', START_MS);
		for (const page of pages) await expect.poll(() => messageOn(page)).toBe('without one');
	});

	test('prints it, and fails, when no node is left', MINUTES, async () => {
		const { settings, exit, until } = await start();
		await until('Ctrl-C', START_MS);
		for (const node of [1, 2, 3]) {
			const pid = readFileSync(join(settings.DATA_DIR, `cluster/node-${node}/data/hdb.pid`), 'utf8');
			process.kill(Number(pid), 'SIGKILL');
		}
		await until('none is left');
		expect(await exit).toBe(1);
	});

	test('a port in use is a clear error, and no node is left', MINUTES, async () => {
		const first = await start();
		await first.until('Ctrl-C', START_MS);
		const second = startProgram('launcher/start.js', ['cluster'], first.settings);
		await second.until(`port 127.0.0.2:${first.settings.HTTP_PORT} is in use`);
		expect(await second.exit).toBe(1);
	});
});
