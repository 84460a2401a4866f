/**
 * The commands of the README and of the guides that need no other server: a shell runs them line by line, and each must print the
 * lines below it. (test/faults/operations.test.ts does this for docs/operations.md.)
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { connectMqtt, get, newId, subscribeMqtt, useServer } from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { blocks, openShell, steps } from '../support/guide.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LONG = { timeout: 60_000 };

/** As with `OPERATIONS_PORT=9925 npm start`: a local client needs no login. */
const harper = await startTemporaryHarper({ authorizeLocal: true });
useServer(harper);
afterAll(() => harper.remove());

const onThisServer = (command: string) =>
	command
		.replaceAll('-h 127.0.0.1', `-h 127.0.0.1 -p ${new URL(harper.mqttUrl).port}`)
		.replaceAll('http://127.0.0.1:9926', harper.url)
		.replaceAll('curl ', 'curl -sS ')
		.replaceAll('npm run sign', 'npm run -s sign');

function openTerminal() {
	const target = { CLI_TARGET: harper.operationsUrl, CLI_TARGET_USERNAME: ADMIN.username };
	const shell = openShell(ROOT, { ...process.env, ...target, CLI_TARGET_PASSWORD: ADMIN.password });
	onTestFinished(shell.end);
	return shell;
}

test.for([
	['README.md', 1],
	['docs/contract.md', 9],
	['docs/accounts.md', 4],
	['docs/devices.md', 10],
] as const)('each command in %s prints the lines below it', LONG, async ([guide, least]) => {
	const shell = openTerminal();
	let count = 0;
	for (const { text } of blocks(guide, 'console'))
		for (const { command, expected } of steps(text)) {
			if (command.includes('Sign/door') && command.startsWith('curl') && !command.includes('PUT'))
				await expect.poll(() => get('door')).toMatchObject({ online: false }); // a person takes longer to type
			await shell.runUntil(onThisServer(command), expected);
			count++;
		}
	expect(count).toBeGreaterThanOrEqual(least);
});

/** The table's lines to paste, by protocol. */
const TABLE = readFileSync(resolve(ROOT, 'README.md'), 'utf8')
	.split('\n')
	.filter((line) => /^\| (REST|MQTT|Server-Sent|a virtual)/.test(line))
	.map((line) =>
		line
			.split(/ *\| */)
			.slice(1)
			.map((cell) => /`([^`]+)`/.exec(cell)?.[1])
	);

test('each line of the README that watches a sign prints what each line that changes it wrote', LONG, async () => {
	const changes = TABLE.map(([, change]) => change).filter((line) => line !== undefined);
	const watches = TABLE.map(([, , watch]) => watch).filter((line) => line !== undefined);
	expect([changes.length, watches.length]).toEqual([2, 4]);
	const shell = openTerminal();
	for (const change of changes) await shell.run(onThisServer(change));
	expect(await get('lobby')).toMatchObject({ brightness: 15, power: true });
	for (const watch of watches) {
		const isOpen = !/^curl (?!-N)/.test(watch);
		const shows = watch.includes('npm run sign')
			? ['lobby shows …"brightness":15…']
			: ['…"id":"lobby"…"brightness":15…'];
		const command = onThisServer(watch);
		await shell.runUntil(
			isOpen ? `(${command.replace('-- lobby', `-- lobby --plain --url ${harper.mqttUrl}`)}) &` : command,
			shows
		);
	}
});

test('the largest row fits into the bytes that the guide recommends', async () => {
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
