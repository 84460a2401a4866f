/**
 * Runs every command of docs/operations.md, unchanged, on a Harper that its commands have installed. The tests build on one
 * another, as the sections do.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Row } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { blocks } from '../support/guide.ts';
import { GUIDE, setUp, type Machine } from '../support/machine.ts';

const LONG = { timeout: 300_000 };
/** The name of the device's account, and of its sign. */
const CELLAR = { username: 'cellar', password: 'dark' };

const isCellar = ({ id }: Row) => id === 'cellar';
/** The fields of a sign that an export has. */
const WRITTEN = ['id', 'message', 'color', 'brightness', 'power', 'effect', 'speed', 'location'] as const;

let machine: Machine;

beforeAll(async () => {
	machine = await setUp({
		settings: {
			// so that the log rotates within a minute
			LOGGING_ROTATION_MAXSIZE: '1K',
			// another name than the certificate's: Harper has one of its own for this name
			REPLICATION_HOSTNAME: 'localhost',
		},
	});
});

afterAll(async () => {
	await machine?.remove();
	machine?.project.remove();
});

const connect = (account = CELLAR, options: mqtt.IClientOptions = {}) =>
	mqtt.connectAsync(machine.mqtt.url, { ...machine.mqtt.options, ...account, ...options });

const put = (id: string, fields: object) =>
	machine.type(`ask -f -X PUT --json '${JSON.stringify(fields)}' "$SIGNS/Sign/${id}"`);

test('a Harper that is installed by the guide runs the application with the settings of the guide', LONG, async () => {
	await machine.follow('Install', 0);
	await machine.follow('Install', 1);
	const settings = JSON.parse(await machine.type(`ask -f --json '{"operation":"get_configuration"}' "$CLI_TARGET"`));
	expect(settings).toMatchObject({
		authentication: { authorizeLocal: false },
		http: { port: null, cors: false },
		mqtt: { network: { port: null }, requireAuthentication: true },
		operationsApi: { network: { port: null, cors: false, corsAccessList: [] } },
		localStudio: { enabled: false },
		threads: { count: 2 },
		storage: { writeAsync: false },
		logging: {
			level: 'warn',
			auditLog: true,
			auditRetention: '14d',
			auditAuthEvents: { logFailed: true },
			rotation: { enabled: true, interval: '1D', retention: '30d' },
		},
	});
	expect(readFileSync(join(machine.home, 'data/harperdb-config.yaml'), 'utf8')).toContain('authorizeLocal: false');
});

test('it is closed to strangers, and encrypted only', LONG, async () => {
	await machine.follow('Check it');
	for (const port of ['9926', '9925', '8883']) {
		const { code, output } = await machine.run(machine.here(`curl -sSi http://signs.example.org:${port}/Session`));
		expect([port, code]).not.toEqual([port, 0]);
		expect(output).not.toContain('200');
	}
	await expect(connect({ username: 'admin', password: 'wrong' })).rejects.toThrow();
	await expect(mqtt.connectAsync(machine.mqtt.url, machine.mqtt.options)).rejects.toThrow();
	// Harper may rotate the log meanwhile
	const log = () =>
		globSync(join(machine.home, 'data/log/*.log')).reduce((text, file) => text + readFileSync(file, 'utf8'), '');
	await expect.poll(log).toMatch(/auth-event[^]*username: 'admin'[^]*status: 'failure'/);
});

test('each server shows the certificate of the settings', async () => {
	const wanted = await machine.type('openssl x509 -noout -fingerprint -in /etc/harper/certificate.pem');
	for (const port of ['9926', '9925', '8883']) {
		const shown = `openssl s_client -connect signs.example.org:${port} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint`;
		expect(await machine.type(shown)).toBe(wanted);
	}
});

test('accounts are made, rotated, compared and removed, the first one too', LONG, async () => {
	await machine.follow('Accounts', 0);
	await machine.follow('Accounts', 1);
});

test('a backup that is taken under writes restores each sign and account on another machine', LONG, async () => {
	await machine.type('ACCOUNT_PASSWORD=dark npm run -s account -- sign_device cellar');
	const device = await connect(CELLAR, {
		clientId: 'cellar',
		clean: false,
		will: { topic: 'Sign/cellar', payload: Buffer.from('{"online":false}'), qos: 1, retain: false },
	});
	await device.publishAsync('Sign/cellar', '{"online":true,"message":"Down here"}', { qos: 1 });
	for (const id of ['hall', 'gate']) await put(id, { message: `At the ${id}`, location: 'north', brightness: 3 });
	const before = await machine.signs();
	expect(before.find(isCellar)).toMatchObject({ online: true });

	// the message of `busy` equals its revision: a torn row in the backup would show
	const writer = await connect({ username: 'admin', password: 'battery staple' });
	let acknowledged = 0;
	let isBacked = false;
	const writing = (async () => {
		while (!isBacked) {
			const message = String(acknowledged + 1);
			await writer.publishAsync('Sign/busy', JSON.stringify({ message }), { qos: 1 });
			acknowledged++;
		}
	})();
	await expect.poll(() => acknowledged).toBeGreaterThan(50);
	const atLeast = acknowledged;
	await machine.follow('Back up', 0);
	isBacked = true;
	await writing;
	await put('hall', { message: 'after the backup' });
	await machine.type('ACCOUNT_PASSWORD=x npm run -s account -- sign_viewer late');
	await device.endAsync();
	await writer.endAsync();

	const other = await setUp({ project: machine.project, optOf: machine });
	onTestFinished(() => other.remove());
	await other.follow('Install', 0);
	await other.follow('Install', 1, (lines) => lines.replace('$ npm run -s deploy\nIt runs.', ''));
	await other.type('export CLI_TARGET_PASSWORD="battery staple"');
	await other.follow('Back up', 1);

	const busy = (await other.signs()).find(({ id }) => id === 'busy')!;
	expect(busy.revision).toBe(Number(busy.message));
	expect(busy.revision).toBeGreaterThanOrEqual(atLeast);
	expect(busy.revision).toBeLessThanOrEqual(acknowledged);
	// there is no device: only the last will sets it offline
	const cellar = await eventually(
		async () => (await other.signs()).find(isCellar)!,
		({ online }) => !online
	);
	const restored = (await other.signs()).filter(({ id }) => id === 'hall' || id === 'gate');
	expect(restored).toEqual(before.filter(({ id }) => id === 'hall' || id === 'gate'));
	expect({ ...cellar, online: true, updatedAt: '' }).toEqual({ ...before.find(isCellar)!, updatedAt: '' });

	const users = await other.type(`ask -f --json '{"operation":"list_users"}' "$CLI_TARGET" | jq -r '.[].username'`);
	expect(users.trim().split('\n').sort()).toEqual(['admin', 'cellar']);
	expect(JSON.parse(await other.type('curl -sSf -u cellar:dark "$SIGNS/Session/"'))).toEqual({
		user: 'cellar',
		role: 'sign_device',
	});
	await other.type(`ask -f -X PATCH --json '{"message":"and on"}' "$SIGNS/Sign/hall"`);
	const hall = before.find(({ id }) => id === 'hall')!;
	expect((await other.signs()).find(({ id }) => id === 'hall')).toMatchObject({ revision: hall.revision + 1 });
});

test('the root path of a stopped Harper is a backup too: it comes back with all it had', LONG, async () => {
	const before = await machine.signs();
	await machine.follow('Back up', 2);
	const after = await eventually(machine.signs, (signs) => signs.length > 0);
	expect(after).toEqual(before);
	await machine.type('ls backup/root.tgz');
});

test('signs that were exported over REST are imported with all that writers set', LONG, async () => {
	await put('hall', { message: '日本 "quoted" \\ back', color: '#00ff00', location: 'ü & x' });
	const before = await machine.signs();
	const [exporting, importing] = blocks(GUIDE, 'console')
		.filter(({ heading }) => heading === 'Back up')[3]!
		.text.trim()
		.split('\n')
		.map((line) => line.slice(2));
	await machine.type(exporting!);
	await machine.type('ask -f -X DELETE "$SIGNS/Sign/hall"');
	await put('gate', { message: 'changed' });
	await machine.type(importing!);
	const set = (signs: typeof before) =>
		signs.map((sign) => Object.fromEntries(WRITTEN.map((name) => [name, sign[name]])));
	expect(set(await machine.signs())).toEqual(set(before));
});

test('the application is upgraded and rolled back by the guide: signs stay, a default changes back', LONG, async () => {
	const { folder, write } = machine.project;
	const git = (...words: string[]) =>
		execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], { cwd: folder, stdio: 'ignore' });
	git('init', '-q');
	git('add', '--', 'sign/fields.ts');
	git('commit', '-qm', 'v1');
	git('tag', 'v1');
	const code = readFileSync(join(folder, 'sign/fields.ts'), 'utf8');
	write('sign/fields.ts', code.replace('wholeNumber(0, 15).default(8)', 'wholeNumber(0, 15).default(5)'));
	git('commit', '-qam', 'v2');
	git('tag', 'v2');
	const before = await machine.signs();
	const [upgrade, rollBack] = blocks(GUIDE, 'console')
		.filter(({ heading }) => heading === 'Upgrade and roll back')[0]!
		.text.split('It runs.\n')
		.map((step) => step.trim().slice(2));
	for (const [command, id, brightness] of [
		[upgrade!, 'newer', 5],
		[rollBack!, 'older', 8],
	] as const) {
		await machine.type(command, ['It runs.']);
		await put(id, { message: 'x' });
		expect((await machine.signs()).find((sign) => sign.id === id)).toMatchObject({ brightness });
	}
	const signs = await machine.signs();
	expect(signs.find(({ id }) => id === 'newer')).toMatchObject({ brightness: 5 });
	expect(signs.filter(({ id }) => id !== 'newer' && id !== 'older')).toEqual(before);
});

test('what to watch is shown by the commands of the guide', LONG, async () => {
	for (const { id } of await machine.signs()) await machine.type(`ask -f -X DELETE "$SIGNS/Sign/${id}"`);
	const device = await connect();
	await device.publishAsync('Sign/cellar', '{"message":"Down here"}', { qos: 1 });
	await device.publishAsync('Sign/cellar', '{"brightness":99}', { qos: 1 }).catch(() => {});
	await device.endAsync();
	await machine.type('export OTHER="$SIGNS"');
	await machine.follow('What to watch');
	await machine.type('same "$SIGNS/nobody" || echo "they differ"', ['they differ']);
});

test('every command of the troubleshooting table runs', LONG, async () => {
	const guide = readFileSync(resolve(import.meta.dirname, '../..', GUIDE), 'utf8');
	const [, table] = guide.split('## When something is wrong');
	const commands = table!
		.split('\n')
		.filter((row) => row.startsWith('|'))
		.slice(2)
		.map((row) => row.match(/`((?:[^`])+)` \|$/)![1]!.replaceAll('\\|', '|'));
	expect(commands.length).toBeGreaterThan(5);
	for (const command of commands) await machine.type(command);
});

test('the log is rotated at its size', LONG, async () => {
	const folder = join(machine.home, 'data/log');
	writeFileSync(join(folder, 'hdb.log'), 'x'.repeat(2_000), { flag: 'a' });
	await expect
		.poll(() => readdirSync(folder), { timeout: 90_000 })
		.toContainEqual(expect.stringMatching(/^HDB-.*\.log$/));
});

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('the unit is one that systemd takes', async () => {
	const unit = join(machine.folder, 'harper.service');
	const node = blocks(GUIDE, 'ini')[0]!.text.replace('/usr/bin/node', process.execPath);
	writeFileSync(unit, machine.here(node).replace('User=harper', 'User=root'));
	const { code, output } = await machine.run(`systemd-analyze verify '${unit}'`);
	expect([code, output]).toEqual([0, '']);
});

test('no command of the guide is left out', () => {
	expect(blocks(GUIDE, 'console').map(({ heading }) => heading)).toEqual([
		'Install',
		'Install',
		'Check it',
		'Accounts',
		'Accounts',
		'Back up',
		'Back up',
		'Back up',
		'Back up',
		'Upgrade and roll back',
		'Upgrade and roll back', // harper-versions.test.ts
		'What to watch',
	]);
});
