/** `npm start`, as a user runs it, and what it prints. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runLine, startProgram } from '../support/program.ts';
import { freePorts } from '../../launcher/ports.ts';

const OWN_HARPER = resolve(import.meta.dirname, '../../node_modules/harperdb/bin/harperdb.js');

const start = (environment: Record<string, string>, flags: string[] = []) =>
	startProgram('launcher/start.js', [], environment, flags);

async function place() {
	const [http, mqtt] = await freePorts(2);
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-start-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return { HTTP_PORT: String(http), MQTT_PORT: String(mqtt), DATA_DIR: folder };
}

test(
	'it serves the page and signs without a login, ends with Ctrl-C, and keeps the signs',
	{ timeout: 120_000 },
	async () => {
		const settings = await place();
		const first = start(settings);
		const printed = await first.until('Ctrl-C');
		expect(printed).not.toContain('HarperDB');
		const page = `http://127.0.0.1:${settings.HTTP_PORT}/`;
		expect(printed).toContain(page);
		expect(await (await fetch(page)).text()).toContain('<title>LED signs</title>');
		expect((await fetch(`${page}wall.js`)).headers.get('content-type')).toContain('javascript');

		const [curl] = printed.match(/curl .*/)!;
		await runLine(curl);
		expect(await (await fetch(`${page}Sign/lobby`)).json()).toMatchObject({ message: 'Hello' });
		expect(printed).toContain(`mosquitto_pub -h 127.0.0.1 -p ${settings.MQTT_PORT} -t Sign/lobby`);

		const foreign = await fetch(`${page}Sign/lobby`, { headers: { Origin: 'http://evil.example' } });
		expect(foreign.headers.get('access-control-allow-origin')).toBeNull();

		first.child.kill('SIGINT');
		expect(await first.exit).toBe(0);
		await expect(fetch(page)).rejects.toThrow();

		const other = join(settings.DATA_DIR, 'harper.js');
		symlinkSync(OWN_HARPER, other); // by another path it is another Harper, for which the application is copied
		const second = start({ ...settings, HARPER: relative(process.cwd(), other) });
		await second.until('Ctrl-C');
		expect(await (await fetch(`${page}Sign/lobby`)).json()).toMatchObject({ message: 'Hello' });
	}
);

test('it ends Harper too when it is ended while Harper starts', { timeout: 60_000 }, async () => {
	const settings = await place();
	const { child, exit, until } = start(settings);
	await until('Starting');
	child.kill('SIGINT');
	await exit;
	const server = createServer().listen(Number(settings.HTTP_PORT), '127.0.0.1');
	await once(server, 'listening'); // the port is free
	server.close();
});

test('a port in use is a clear error, and no second server', async () => {
	const settings = await place();
	const server = createServer().listen(Number(settings.MQTT_PORT), '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => void server.close());
	const { until, exit } = start(settings);
	await until(`port 127.0.0.1:${settings.MQTT_PORT} is in use`);
	expect(await exit).toBe(1);
});

test('a port that is chosen twice is a clear error', async () => {
	const settings = await place();
	const { until, exit } = start({ ...settings, MQTT_PORT: settings.HTTP_PORT });
	await until(
		`port ${settings.HTTP_PORT} is chosen twice: choose different ones (HTTP_PORT, MQTT_PORT, OPERATIONS_PORT)`
	);
	expect(await exit).toBe(1);
});

test('a folder in use is a clear error', { timeout: 120_000 }, async () => {
	const settings = await place();
	await start(settings).until('Ctrl-C');
	const second = start({ ...(await place()), DATA_DIR: settings.DATA_DIR });
	await second.until(`another Harper has its data in ${settings.DATA_DIR}`);
	expect(await second.exit).toBe(1);
});

test('a port that is none is a clear error', async () => {
	const { until, exit } = start({ ...(await place()), HTTP_PORT: 'eighty' });
	await until('HTTP_PORT must be a port from 1 to 65535, got "eighty"');
	expect(await exit).toBe(1);
});

test('a HARPER that is no file is a clear error', async () => {
	for (const wrong of ['nowhere/harper.js', import.meta.dirname]) {
		const { until, exit } = start({ ...(await place()), HARPER: wrong });
		await until(
			`HARPER must be the path of Harper's program, like node_modules/harperdb/bin/harperdb.js, got "${wrong}"`
		);
		expect(await exit).toBe(1);
	}
});

test('on a Node that cannot strip types it prints that and stops', async () => {
	const { until, exit } = start(await place(), ['--no-experimental-strip-types']);
	await until('cannot run TypeScript');
	expect(await exit).toBe(1);
});
