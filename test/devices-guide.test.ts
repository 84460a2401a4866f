/** docs/devices.md: its session is executed line by line with the mosquitto clients, and its sizes are true. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { connectMqtt, get, mqttUrl, newId, subscribeMqtt, url } from './clients.ts';
import { eventually, Feed } from './feed.ts';
import { blocks, pattern, steps } from './guide.ts';
import { outputOf } from './program.ts';
import { ADMIN } from './test-harper.ts';

const ROOT = resolve(import.meta.dirname, '..');

const onTestServer = (command: string) =>
	command
		.replaceAll('-h 127.0.0.1', `-h 127.0.0.1 -p ${new URL(mqttUrl).port}`)
		.replaceAll('http://127.0.0.1:9926', url);

test('the session of a 3.1.1 device in the guide prints what the guide says', { timeout: 60_000 }, async () => {
	const target = { CLI_TARGET: inject('operationsUrl'), CLI_TARGET_USERNAME: ADMIN.username };
	const env = { ...process.env, ...target, CLI_TARGET_PASSWORD: ADMIN.password };
	const shell = spawn('bash', [], { cwd: ROOT, env, detached: true });
	onTestFinished(() => {
		if (shell.exitCode === null) process.kill(-shell.pid!, 'SIGKILL');
	});
	const { text, printed } = outputOf(shell, 'the session');
	let heard = 0;
	const [session] = blocks('docs/devices.md', 'console');
	for (const { command, expected } of steps(session!.text)) {
		if (command.startsWith('curl') && !command.includes('PUT'))
			await eventually(
				() => get('door'),
				(row) => row?.online === false
			); // a person takes longer to type
		const before = printed().length;
		shell.stdin.write(`${onTestServer(command)}\n`);
		for (const line of expected) {
			await text.until((all) => pattern(line).test(all.slice(before)), 15_000);
			heard++;
		}
	}
	expect(heard).toBe(8);
	shell.stdin.end();
	await once(shell, 'exit');
});

test('the largest row has at most the bytes that the guide tells to reserve', async () => {
	const id = newId('x'.repeat(40)).padEnd(64, 'x');
	const { client } = await subscribeMqtt('MQTT 3.1.1', `Sign/${id}`);
	const sizes = new Feed<number>('sizes');
	client.on('message', (_topic, payload) => sizes.push(payload.length));
	const writer = await connectMqtt('MQTT 3.1.1');
	const largest = {
		message: '😀'.repeat(256),
		location: '\u0001'.repeat(64),
		color: '#ffffff',
		brightness: 15,
		power: false,
		effect: 'static',
		speed: 100,
		online: false,
		shownRevision: Number.MAX_SAFE_INTEGER,
	};
	await writer.publishAsync(`Sign/${id}`, JSON.stringify(largest), { qos: 1 });
	const size = await sizes.until((size) => size > 1_000);
	expect(size).toBeLessThanOrEqual(2_048 - 16);
});
