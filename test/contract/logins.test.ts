/**
 * Guesses of passwords over every protocol: the guesser is slowed down and then refused, and nobody else is. This file has its
 * own Harper, because it reads the log.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAccount, get, newId, rest, useServer, type Account } from '../support/clients.ts';
import { leaveEarly, LOGINS, stay, WAYS, type Answer, type LogIn } from '../support/guessers.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

let harper: TemporaryHarper;
let viewer: Account;

beforeAll(async () => {
	useServer((harper = await startTemporaryHarper({ logsWrongLogins: true })));
	viewer = await addAccount('viewer', 'sign_viewer');
	await rest('PUT', '/Sign/lobby', { message: 'Hello' });
	expect(await get('lobby')).toMatchObject({ message: 'Hello' });
});

afterAll(() => harper?.remove());

let count = 0;
let addresses = 0;
/** Passwords that nobody has, and that were not tried before. */
const guessed = (username: string) => ({ username, password: `guess-${++count}` });

/** Makes `many` guesses at the same moment. */
async function guess(logIn: LogIn, username: string, from: string, many: number) {
	const answers = await Promise.all(Array.from({ length: many }, () => logIn(guessed(username), from)));
	const counted: Record<Answer, number> = { right: 0, wrong: 0, refused: 0 };
	for (const answer of answers) counted[answer]++;
	return counted;
}

/** Most guesses that are checked, for one account and address, on two threads: ten, and those in progress at that moment. */
const MAX_CHECKED = 2 * (10 + 4);

test.for(Object.entries(WAYS))(
	'of many guesses over %s a few are checked, and the owner is not kept out',
	async ([, logIn]) => {
		const [guesser, owner] = [`127.0.1.${++addresses}`, `127.0.2.${addresses}`];
		const account = await addAccount('owner', 'sign_viewer');
		expect(await logIn(account, owner)).toBe('right');
		const { right, wrong, refused } = await guess(logIn, account.username, guesser, 60);
		expect({ right, wrong: wrong <= MAX_CHECKED, refused: refused >= 60 - MAX_CHECKED }).toEqual({
			right: 0,
			wrong: true,
			refused: true,
		});
		expect(await logIn(account, guesser), 'right credentials would confirm the guess').toBe('refused');
		const ways = Object.values(WAYS);
		// at once: a guess is forgotten after ten seconds
		const again = await Promise.all(ways.map((other) => other(guessed(account.username), guesser)));
		expect(new Set(again), 'it is the same over each protocol').toEqual(new Set(['refused']));
		for (const other of ways) expect(await other(account, owner)).toBe('right');
		expect(await logIn(viewer, guesser), 'another account').toBe('right');
	}
);

test('an owner who comes from a new address waits 2 s while others guess from many, and no time from a known one', async () => {
	const account = await addAccount('owner', 'sign_viewer');
	const logIn = WAYS['MQTT 5']!;
	expect(await logIn(account, '127.0.3.1')).toBe('right');
	const guessers = Array.from({ length: 50 }, (_, i) => `127.0.4.${i + 1}`);
	await Promise.all(guessers.map((from) => guess(WAYS.REST!, account.username, from, 2)));
	const more = Promise.all(guessers.map((from) => guess(WAYS.REST!, account.username, from, 1)));
	const took = async (from: string) => {
		const start = performance.now();
		expect(await logIn(account, from)).toBe('right');
		return performance.now() - start;
	};
	const [known, unknown] = await Promise.all([took('127.0.3.1'), took('127.0.3.2')]);
	expect(unknown).toBeGreaterThan(1_000);
	expect(unknown).toBeLessThan(5_000);
	expect(known).toBeLessThan(unknown / 2);
	expect(await took('127.0.3.2'), 'known now').toBeLessThan(unknown / 2);
	await more;
});

test('a device with an old password that tries for ever keeps no other one out that has the same address', async () => {
	const [old, other] = [await addAccount('old', 'sign_viewer'), await addAccount('other', 'sign_viewer')];
	const logIn = WAYS['MQTT 3.1.1']!;
	const from = '127.0.5.1';
	expect(await logIn(old, from), 'its account is used from there').toBe('right');
	const tries = Array.from({ length: 200 }, () => logIn({ ...old, password: 'old' }, from));
	expect(new Set(await Promise.all(tries))).toEqual(new Set(['wrong', 'refused']));
	expect(await logIn(other, from)).toBe('right');
	expect(await logIn(old, from)).toBe('right');
});

test('two hundred devices of one address that come at once with right passwords are all let in', async () => {
	const accounts = await Promise.all(Array.from({ length: 10 }, () => addAccount('device', 'sign_viewer')));
	const devices = Array.from({ length: 200 }, (_, i) => WAYS['MQTT 5']!(accounts[i % 10]!, '127.0.6.1'));
	expect(new Set(await Promise.all(devices))).toEqual(new Set(['right']));
});

test.for(Object.keys(LOGINS))('logins over %s whose clients leave while they wait count as wrong ones', async (way) => {
	const from = `127.0.9.${++addresses}`;
	const { username } = await addAccount('owner', 'sign_viewer');
	for (let i = 0; i < 7; i++) expect(await WAYS[way]!(guessed(username), from)).toBe('wrong');
	const start = performance.now();
	await Promise.all(Array.from({ length: 6 }, () => leaveEarly(way, guessed(username), from)));
	expect(performance.now() - start, 'not when they had waited: after 1.6 s').toBeLessThan(1_500);
	expect(await WAYS[way]!(guessed(username), from)).toBe('refused');
});

test.for(Object.keys(LOGINS))('a client that was refused over %s and does not close is disconnected', async (way) => {
	const from = `127.0.10.${++addresses}`;
	const { username } = await addAccount('owner', 'sign_viewer');
	await guess(WAYS[way]!, username, from, 20);
	await expect.poll(() => WAYS[way]!(guessed(username), from)).toBe('refused');
	expect(await stay(way, guessed(username), from), 'in ms').toBeLessThan(5_000);
});

test('who mistypes a password some times gets in with the right one', async () => {
	const account = await addAccount('owner', 'sign_viewer');
	for (let i = 0; i < 5; i++) expect(await WAYS.Session!(guessed(account.username), '127.0.7.1')).toBe('wrong');
	expect(await WAYS.Session!(account, '127.0.7.1')).toBe('right');
});

test('a guesser cannot find out whether an account exists', async () => {
	const { right, wrong } = await guess(WAYS.REST!, newId('nobody'), '127.0.8.1', 60);
	expect([right, wrong <= MAX_CHECKED]).toEqual([0, true]);
});

test('the log has a line for a burst and not for each guess, and never a password', async () => {
	const log = await readFile(harper.logFile, 'utf8');
	const lines = log.split('\n');
	const bursts = lines.filter((line) => line.includes('Somebody guesses passwords'));
	expect(bursts.length).toBeGreaterThan(0);
	expect(bursts.length, 'one on each thread').toBeLessThanOrEqual(2);
	expect(log).not.toMatch(/guess-\d/);
	// Harper itself logs one line for each login that was checked
	const wrong = lines.filter((line) => line.includes('127.0.1.')).length;
	expect(wrong).toBeLessThan(6 * MAX_CHECKED + 2);
});
