/** The rules of guesses.ts and login-queue.ts, with a clock that the test sets; and the log lines for guesses. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Counts } from '../../harper-fixes/logins/counts.ts';
import { GuessLog } from '../../harper-fixes/logins/guess-log.ts';
import { Guesses } from '../../harper-fixes/logins/guesses.ts';
import { loginOf } from '../../harper-fixes/logins/login.ts';
import { ClientDisconnected, LoginQueue } from '../../harper-fixes/logins/login-queue.ts';

const login = (address: string, account: string, password: string) =>
	loginOf(address, { username: account, password })!;

/** Checks a login and records its outcome. */
function check(guesses: Guesses, [address, account, password]: [string, string, string], isRight: boolean, now = 0) {
	const outcome = guesses.outcomeOfChecked(login(address, account, password), isRight);
	if (outcome) guesses.record(outcome, now);
}

function guess(guesses: Guesses, address: string, account: string, count: number, now = 0) {
	for (let i = 0; i < count; i++) check(guesses, [address, account, `guess-${i}`], false, now);
}

test('an address is the same in every form in which a proxy may write it, and no other is', () => {
	const addressOf = (address: string) => login(address, 'admin', 'next').address;
	const ipv4 = ['198.51.100.7', '::ffff:198.51.100.7', '0:0:0:0:0:ffff:c633:6407', '::FFFF:c633:6407'];
	expect(ipv4.map(addressOf)).toEqual(ipv4.map(() => '198.51.100.7'));
	const ipv6 = ['2001:db8:0:a::1', '2001:DB8:0000:000A:1:2:3:4', '2001:db8::a:0:0:0:9', '2001:db8:0:a::1%eth0'];
	expect(ipv6.map(addressOf)).toEqual(ipv6.map(() => '2001:db8:0:a::/64'));
	expect(addressOf('0:0:0:0:0:ffff:c633:6408')).toBe('198.51.100.8');
	expect(['::1', '::ffff:0.0.0.0', '::fffe:1:2'].map(addressOf)).toEqual(['0:0:0:0::/64', '0.0.0.0', '0:0:0:0::/64']);
});

test('some wrong passwords cost nothing, more of them a growing wait, and from ten on they are refused for a while', () => {
	const guesses = new Guesses();
	const next = (now = 0) => guesses.verdict(login('192.0.2.1', 'admin', 'next'), now);
	guess(guesses, '192.0.2.1', 'admin', 5);
	expect(next()).toEqual({ is: 'waiting', ms: 0 });
	guess(guesses, '192.0.2.1', 'admin', 2);
	expect(next()).toEqual({ is: 'waiting', ms: 1600 });
	guess(guesses, '192.0.2.1', 'admin', 3);
	expect(next()).toEqual({
		is: 'refused',
		seconds: 10,
		rule: 'too many wrong logins for this account from this address',
	});
	expect(next(100_000)).toEqual({ is: 'waiting', ms: 0 });
	expect([guesses.isBusy(0), guesses.isBusy(100_000)]).toEqual([true, false]);
});

test('an IPv6 guesser has one address per network of 64 bits, and an IPv4 one the same over either', () => {
	const guesses = new Guesses();
	guess(guesses, '2001:db8:1:2::1', 'admin', 10);
	guess(guesses, '::ffff:192.0.2.1', 'lobby', 10);
	const verdict = (address: string, account: string) => guesses.verdict(login(address, account, 'x'), 0).is;
	expect(verdict('2001:db8:1:2:ffff:1:2:3', 'admin')).toBe('refused');
	expect(verdict('2001:db8:1:3::1', 'admin')).toBe('waiting');
	expect(verdict('192.0.2.1', 'lobby')).toBe('refused');
});

test('a guesser of many names is refused by the address, where known credentials go on', () => {
	const guesses = new Guesses();
	check(guesses, ['192.0.2.1', 'lobby', 'right'], true);
	for (let i = 0; i < 200; i++) check(guesses, ['192.0.2.1', `name-${i}`, 'x'], false);
	expect(guesses.verdict(login('192.0.2.1', 'gate', 'right'), 0)).toMatchObject({
		is: 'refused',
		rule: 'too many wrong logins from this address',
	});
	expect(guesses.verdict(login('192.0.2.1', 'lobby', 'right'), 0)).toEqual({ is: 'known' });
	expect(guesses.verdict(login('192.0.2.1', 'lobby', 'wrong'), 0)).toMatchObject({ is: 'refused' });
});

test('guesses from everywhere make the account wait 2 s at other addresses, however many they are, and not for long', () => {
	const guesses = new Guesses();
	for (let i = 0; i < 20_000; i++) check(guesses, [`10.0.${i >> 8}.${i & 255}`, 'admin', 'x'], false);
	expect(guesses.verdict(login('192.0.2.1', 'admin', 'right'), 0)).toEqual({ is: 'waiting', ms: 2000 });
	expect(guesses.verdict(login('192.0.2.1', 'admin', 'right'), 180_000)).toEqual({ is: 'waiting', ms: 0 });
});

test('after too many wrong passwords, remembered credentials are ignored: they would confirm a guess', () => {
	const guesses = new Guesses();
	check(guesses, ['192.0.2.1', 'admin', 'right'], true);
	guess(guesses, '192.0.2.1', 'admin', 10);
	const right = login('192.0.2.1', 'admin', 'right');
	expect(guesses.verdict(right, 0)).toEqual({ is: 'known' });
	for (let i = 0; i < 300; i++) guesses.recordRefused(login('192.0.2.1', 'admin', `guess-${i}`), 0);
	expect(guesses.verdict(right, 0)).toMatchObject({ is: 'refused' });
});

test('the same wrong password again counts a tenth, and a right one takes back what was mistyped before it', () => {
	const guesses = new Guesses();
	for (let i = 0; i < 40; i++) check(guesses, ['192.0.2.1', 'lobby', 'old'], false);
	expect(guesses.verdict(login('192.0.2.1', 'lobby', 'old'), 0)).toMatchObject({ is: 'waiting', ms: 0 });
	guess(guesses, '192.0.2.2', 'admin', 8);
	check(guesses, ['192.0.2.2', 'admin', 'right'], true);
	expect(guesses.verdict(login('192.0.2.2', 'admin', 'mistyped'), 0)).toEqual({ is: 'waiting', ms: 0 });
});

test('a password that was changed is forgotten once it was refused', () => {
	const guesses = new Guesses();
	check(guesses, ['192.0.2.1', 'admin', 'before'], true);
	check(guesses, ['192.0.2.1', 'admin', 'before'], false);
	expect(guesses.verdict(login('192.0.2.1', 'admin', 'before'), 0)).toEqual({ is: 'waiting', ms: 0 });
});

test('a login whose client left before it was checked counts as a wrong one, and takes nothing from known credentials', () => {
	const guesses = new Guesses();
	check(guesses, ['192.0.2.1', 'admin', 'right'], true);
	for (let i = 0; i < 10; i++)
		guesses.record(guesses.outcomeOfDisconnected(login('192.0.2.1', 'admin', `guess-${i}`)), 0);
	guesses.record(guesses.outcomeOfDisconnected(login('192.0.2.1', 'admin', 'right')), 0);
	expect(guesses.verdict(login('192.0.2.1', 'admin', 'next'), 0)).toMatchObject({ is: 'refused' });
	expect(guesses.verdict(login('192.0.2.1', 'admin', 'right'), 0)).toEqual({ is: 'known' });
});

/** Clients that wait until the test lets them go on, or that disconnect. */
function crowd() {
	const queue = new LoginQueue();
	const waiting: (EventEmitter & { destroyed: boolean })[] = [];
	const enter = (address: string, account = 'admin') => {
		if (!queue.hasRoom({ address, account })) return false;
		const client = Object.assign(new EventEmitter(), { destroyed: false });
		waiting.push(client);
		queue.run({ address, account }, 600_000, client, () => Promise.reject(new Error('checked'))).catch(() => {});
		return true;
	};
	/** How many of `many` find a place. */
	const fill = (address: string, many: number, account?: string) =>
		Array.from({ length: many }, () => enter(address, account)).filter(Boolean).length;
	const leave = () => {
		for (const client of waiting.splice(0)) client.emit('close');
	};
	onTestFinished(leave);
	return { queue, fill, leave };
}

test('a client that leaves while it waits gives its place back at once, and is not checked', async () => {
	const { queue, fill, leave } = crowd();
	expect(fill('192.0.2.1', 100)).toBe(100);
	leave();
	await expect.poll(() => queue.isEmpty).toBe(true);
	const gone = Object.assign(new EventEmitter(), { destroyed: true });
	const late = queue.run({ address: '192.0.2.1', account: 'admin' }, 0, gone, () => Promise.resolve('checked'));
	await expect(late).rejects.toThrow(ClientDisconnected);
	expect(queue.isEmpty).toBe(true);
});

test('of many that are checked in turn one that leaves holds up no other', async () => {
	const queue = new LoginQueue();
	const clients = Array.from({ length: 12 }, () => Object.assign(new EventEmitter(), { destroyed: false }));
	const checks: (() => void)[] = [];
	const passed = clients.map((client, n) =>
		queue
			.run({ address: '192.0.2.1', account: 'admin' }, 0, client, () => new Promise<void>((done) => checks.push(done)))
			.then(() => n)
			.catch((cause: unknown) => (cause instanceof ClientDisconnected ? 'left' : cause))
	);
	for (const n of [5, 6, 11]) clients[n]!.emit('close');
	for (let n = 0; n < 9; n++) {
		await expect.poll(() => checks.length).toBeGreaterThan(0);
		expect(checks.length, 'checked at once').toBeLessThanOrEqual(4);
		checks.shift()!();
	}
	expect(await Promise.all(passed)).toEqual([0, 1, 2, 3, 4, 'left', 'left', 7, 8, 9, 10, 'left']);
	expect(queue.isEmpty).toBe(true);
});

test('an address holds a ninth of the places at most, and many addresses leave some for the next one', () => {
	const { fill } = crowd();
	expect(fill('192.0.2.1', 500)).toBe(223);
	for (let n = 2; n < 40; n++) expect(fill(`192.0.2.${n}`, 500, `name-${n}`)).toBeGreaterThan(0);
	expect(fill('198.51.100.1', 1, 'lobby')).toBe(1);
});

test('an account holds a fifth of the places at most, but for the first one of each address', () => {
	const { fill } = crowd();
	let held = 0;
	for (let n = 0; n < 40; n++) held += fill(`192.0.2.${n}`, 500);
	expect(held).toBeLessThanOrEqual(401 + 40);
	expect(held).toBeGreaterThan(300);
	expect(fill('198.51.100.1', 500), 'the owner').toBe(1);
	expect(fill('198.51.100.2', 100, 'lobby'), 'another account').toBe(100);
});

test('a million names take as little memory as some thousands, however long they are', () => {
	const counts = new Counts({ max: 10, decayPerSecond: 1 }, 1_000);
	for (let i = 0; i < 1_000_000; i++) counts.add(`name-${i}`, 1, 0);
	expect([counts.value('name-998999', 0), counts.value('name-999500', 0)]).toEqual([0, 1]);
	expect(login('192.0.2.1', 'x'.repeat(60_000), 'x').account.length).toBeLessThan(65);
});

test('the log has a line when guesses begin, one per period while they last, and names at most three', async () => {
	const lines: string[] = [];
	const log = new GuessLog((line) => lines.push(line), 60);
	const add = () => {
		for (let i = 0; i < 1_500; i++) log.add({ account: `name-${i}`, address: '192.0.2.1' }, 'refused');
	};
	add();
	expect(lines).toEqual([
		'Somebody guesses passwords, and is slowed down: 1 account ("name-0") from 1 address ("192.0.2.1")',
	]);
	await sleep(200);
	const summary =
		'Logins in the last 0.06 s that were guesses, or beside them: 0 waited, 1500 were refused at once; ' +
		'1000 or more accounts ("name-0", "name-1", "name-2", …) from 1 address ("192.0.2.1")';
	expect(lines.slice(1)).toEqual([summary]);
	add();
	expect(lines[2], 'the next burst').toMatch(/^Somebody guesses/);
});
