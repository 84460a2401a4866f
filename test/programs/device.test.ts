/** The virtual sign, as the process that a user starts: what it shows and reports. */
import { expect, onTestFinished, test } from 'vitest';
import { SignDevice, type Display } from '../../device/device.ts';
import {
	addAccount,
	get,
	mqttUrl,
	newId,
	operation,
	rest,
	subscribeMqtt,
	type Account,
	type Row,
	webSocketUrl,
} from '../support/clients.ts';
import { eventually, Feed } from '../support/feed.ts';
import { startInTerminal, startProgram } from '../support/program.ts';
import { openPipe } from '../support/pipe.ts';
import { shownText } from '../../web/shown-text.js';
import { reconnectDelay } from '../../web/reconnect-delay.js';

const isShowing = (row: Row | null) => row !== null && row.online && row.shownRevision === row.revision;

/** A sign with its own account, and functions to start its device and to wait for its row. */
async function newDevice(role = 'sign_device') {
	const account = await addAccount('device', role);
	const start = (words: string[] = []) => startSign(account, ['--plain', ...words]);
	const until = (isTrue: (row: Row | null) => boolean) => eventually(() => get(account.username), isTrue);
	return { id: account.username, account, start, until };
}

const loginOf = ({ password }: Account) => ({ SIGN_PASSWORD: password });
const startSign = (account: Account, words: string[], start = startProgram) =>
	start('device/main.ts', [account.username, '--url', mqttUrl, ...words], loginOf(account));

test('it shows what is written, and reports that in the row', async () => {
	const { id, start, until } = await newDevice();
	const sign = start();
	await sign.until(`${id} is online`);
	await rest('PUT', `/Sign/${id}`, { message: 'Hello', color: '#00FF00' });
	await sign.until('"message":"Hello","color":"#00ff00","brightness":8,"power":true,"effect":"static","speed":20}');
	await until((row) => isShowing(row) && row!.message === 'Hello');
});

test('what it reports follows 50 quick changes, and ends with the last', async () => {
	const { id, start, until } = await newDevice();
	const sign = start();
	await until(isShowing);
	const { feed } = await subscribeMqtt('MQTT 5', `Sign/${id}`);
	await Promise.all(Array.from({ length: 50 }, (_, n) => rest('PATCH', `/Sign/${id}`, { message: `${n}` })));
	const row = (await until((row) => isShowing(row) && row!.revision === 51)) as Row;
	await sign.until(`"revision":51,"message":"${row.message}"`);
	for (const { row } of feed.received) expect(row!.shownRevision, 'never ahead').toBeLessThanOrEqual(row!.revision);
});

test('killed with -9 it is offline, started again it is online, and no other sign is touched', async () => {
	const [one, other] = await Promise.all([newDevice(), newDevice()]);
	const first = one.start();
	other.start();
	await Promise.all([one.until(isShowing), other.until(isShowing)]);
	const { feed } = await subscribeMqtt('MQTT 5', `Sign/${other.id}`);
	first.child.kill('SIGKILL');
	await one.until((row) => row?.online === false);
	one.start();
	await one.until((row) => row?.online === true);
	for (const { row } of feed.received) expect(row!.online).toBe(true);
});

test.for(['SIGINT', 'SIGTERM'] as const)('ended by %s it reports that it is offline', async (signal) => {
	const { start, until } = await newDevice();
	const sign = start();
	await until(isShowing);
	sign.child.kill(signal);
	expect(await sign.exit).toBe(0);
	expect(await until((row) => row !== null)).toMatchObject({ online: false });
});

test('when another client sets it offline it reports that it is online', async () => {
	const { id, start, until } = await newDevice();
	start();
	await until(isShowing);
	expect((await rest('PATCH', `/Sign/${id}`, { online: false })).status).toBe(204);
	await expect.poll(() => get(id)).toMatchObject({ online: true });
});

test('a sign that is removed under it is shown as none, and is not made again by its end', async () => {
	const { id, start, until } = await newDevice();
	const sign = start();
	await until(isShowing);
	await rest('DELETE', `/Sign/${id}`);
	await sign.until(`${id} is no sign`);
	await rest('PUT', `/Sign/${id}`, { message: 'back' });
	await until((row) => isShowing(row) && row!.message === 'back');
	await rest('DELETE', `/Sign/${id}`);
	await sign.until(`"message":"back"`);
	await expect.poll(() => sign.printed().match(/is no sign/g)).toHaveLength(2);
	sign.child.kill('SIGINT');
	await sign.exit;
	expect(await get(id)).toBeNull();
});

test('it prints why a write of its own is refused', async () => {
	const { id, start } = await newDevice('sign_viewer');
	await rest('PUT', `/Sign/${id}`, { message: 'seen' });
	const sign = start();
	await sign.until('"message":"seen"');
	await sign.until(`${id} is refused 403: `);
});

test('with a wrong password it prints that, and is online once the password is right', async () => {
	const { id, account, until } = await newDevice();
	const sign = startSign({ ...account, password: 'changed' }, ['--plain']);
	await sign.until('Bad User Name or Password');
	await operation({ operation: 'alter_user', username: id, password: 'changed' });
	await until(isShowing);
});

test('it uses MQTT over WebSocket too', async () => {
	const { start, until } = await newDevice();
	start(['--url', webSocketUrl()]);
	await until(isShowing);
});

test('several signs live in one process, and each is itself', async () => {
	const name = newId('many');
	const accounts = await Promise.all([1, 2, 3].map((n) => addAccount('many', 'sign_device', `${name}-${n}`)));
	await Promise.all(
		accounts.map(({ username }) => operation({ operation: 'alter_user', username, password: 'shared' }))
	);
	startSign({ username: name, password: 'shared' }, ['--count', '3', '--plain']);
	for (const { username } of accounts) await eventually(() => get(username), isShowing);
	await rest('PATCH', `/Sign/${name}-2`, { message: 'two' });
	await expect.poll(() => get(`${name}-2`)).toMatchObject({ online: true, shownRevision: 2, revision: 2 });
	expect(await get(`${name}-1`)).toMatchObject({ message: '', revision: 1 });
});

test('in a terminal it lights dots, its keys write, and it gives the terminal back', async () => {
	const { id, account, until } = await newDevice();
	await rest('PUT', `/Sign/${id}`, { message: 'I', color: '#ff0000', brightness: 15 });
	const sign = startSign(account, [], startInTerminal);
	await until(isShowing);
	await sign.until('\x1b[38;2;255;0;0m●●●');
	await sign.until(`${id}  revision 1  online`);
	sign.child.stdin.write('p');
	await until((row) => row?.power === false);
	sign.child.stdin.write('---');
	await until((row) => row?.brightness === 12);
	sign.child.stdin.write('+');
	await until((row) => row?.brightness === 13);
	sign.child.stdin.write('q');
	expect(await sign.exit).toBe(0);
	expect(sign.printed().endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
	expect(await get(id)).toMatchObject({ online: false });
});

test('a notice ends on every device without a write, also when the network is cut meanwhile', async () => {
	const signs = await Promise.all([newDevice(), newDevice()]);
	const ids = signs.map(({ id }) => id);
	const pipe = await openPipe(Number(new URL(mqttUrl).port));
	const urls = [mqttUrl, `mqtt://127.0.0.1:${pipe.port}`];
	// the font has no ☕: then the terminal shows the text itself
	for (const id of ids) await rest('PUT', `/Sign/${id}`, { message: '☕ before' });
	const devices = [
		startProgram('device/main.ts', [ids[0]!, '--url', urls[0]!, '--plain'], loginOf(signs[0]!.account)),
		startInTerminal('device/main.ts', [ids[1]!, '--url', urls[1]!], loginOf(signs[1]!.account)),
	];
	await Promise.all(devices.map(({ until }) => until('☕ before')));
	for (const id of ids) await rest('PATCH', `/Sign/${id}`, { message: '☕ standing', notice: '☕ closed' });
	await Promise.all(devices.map(({ until }) => until('☕ closed')));
	const end = Date.now() + 3_000;
	const noticeUntil = new Date(end).toISOString();
	await Promise.all(ids.map((id) => rest('PATCH', `/Sign/${id}`, { noticeUntil })));
	const before = await Promise.all(signs.map(({ until }) => until(isShowing)));
	pipe.cut();
	for (const { printed } of devices) expect(printed()).not.toContain('☕ standing');
	await Promise.all(
		devices.map(async ({ until }) => {
			await until('☕ standing');
			const late = Date.now() - end;
			expect(late).toBeGreaterThanOrEqual(0);
			expect(late, 'ms late').toBeLessThan(900);
		})
	);
	const after = (await Promise.all(ids.map((id) => get(id)))) as Row[];
	for (const { updatedAt } of after) expect(Date.parse(updatedAt), 'the last write').toBeLessThan(end);
	// a device may have reported its revision twice meanwhile
	expect(after.map((row, n) => ({ ...row, updatedAt: before[n]!.updatedAt }))).toEqual(before);
	pipe.heal();
	pipe.reset(); // otherwise its device waits at its end for an acknowledgement
});

test('a notice ends on time also when the network falls silent before the report of the notice is acknowledged', async () => {
	const { id, account, until } = await newDevice();
	await rest('PUT', `/Sign/${id}`, { message: 'before' });
	const pipe = await openPipe(Number(new URL(mqttUrl).port));
	const shown = new Feed<{ text: string; at: number }>('display');
	const display: Display = {
		show(row) {
			if (row!.noticeUntil) pipe.cut();
			shown.push({ text: shownText(row!, Date.now()), at: Date.now() });
		},
		connected: () => {},
		disconnected: () => {},
		refused: () => {},
	};
	const device = new SignDevice({ id, url: `mqtt://127.0.0.1:${pipe.port}`, password: account.password, display });
	onTestFinished(() => device.end());
	onTestFinished(() => pipe.reset()); // called first: otherwise the device waits for an acknowledgement
	await until(isShowing);
	await rest('PATCH', `/Sign/${id}`, { message: 'after', notice: 'closed' });
	await shown.until(({ text }) => text === 'closed');
	const end = Date.now() + 3_000;
	await rest('PATCH', `/Sign/${id}`, { noticeUntil: new Date(end).toISOString() });
	const { at } = await shown.until(({ text }) => text === 'after');
	expect(at - end, 'ms late').toBeLessThan(900);
});

test('a display that is slow is believed only when it has shown', async () => {
	const { id, account, until } = await newDevice();
	await rest('PUT', `/Sign/${id}`, { message: 'one' });
	const shows = new Feed<{ message: string; done: () => void }>('display');
	const display: Display = {
		show: (row) => new Promise((done) => shows.push({ message: row!.message, done })),
		connected: () => {},
		disconnected: () => {},
		refused: () => {},
	};
	const device = new SignDevice({ id, url: mqttUrl, password: account.password, display });
	onTestFinished(() => device.end());
	const one = await shows.until(({ message }) => message === 'one');
	await until((row) => row?.online === true);
	expect(await get(id)).toMatchObject({ shownRevision: 0 });
	await rest('PATCH', `/Sign/${id}`, { message: 'two' });
	await expect.poll(() => device.row).toMatchObject({ message: 'two' });
	one.done();
	const two = await shows.until(({ message }) => message === 'two');
	expect(await get(id)).toMatchObject({ shownRevision: 0, revision: 2 });
	two.done();
	await until(isShowing);
	shows.received.forEach(({ done }) => done());
});

test('it waits longer and longer between attempts, from 1 s to 30 s, and not as long as another', () => {
	const least = [0, 1, 2, 3, 4, 5, 100].map((attempts) => reconnectDelay(attempts, 0));
	const most = [0, 1, 2, 3, 4, 5, 100].map((attempts) => reconnectDelay(attempts, 1));
	expect(least).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
	expect(most).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
	expect(new Set(Array.from({ length: 20 }, () => reconnectDelay(3))).size).toBeGreaterThan(10);
});

test.for<[why: string, words: string[]]>([
	['Usage:', []],
	['id must be 1 to 64', ['a/b']],
	['an id stands twice', ['a', 'a']],
	['--url must be', ['a', '--url', 'http://127.0.0.1']],
	['--count must be', ['--count', '0']],
	['--count goes with one name', ['a', 'b', '--count', '2']],
	["Unknown option '--colour'", ['a', '--colour']],
	['Usage:', ['--help']],
])('it prints "%s" and fails for %j', async ([why, words]) => {
	const sign = startProgram('device/main.ts', words);
	expect(await sign.exit).toBe(1);
	expect(sign.printed()).toContain(why);
	expect(sign.printed()).not.toMatch(/\n\s+at /);
});
