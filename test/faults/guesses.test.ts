/**
 * Breaks: strangers guess passwords from hundreds of addresses over every protocol, as fast as they get answers, or disconnect first.
 * Promised: honest subscribers notice nothing, the owner can log in, the memory comes back; and a right login costs nothing more.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withstands } from '../support/abuse.ts';
import { addAccount, useServer, type Account } from '../support/clients.ts';
import { costOf, costOfLogins, startMeasured } from '../support/guard-cost.ts';
import { leaveEarly, sendLogin, WAYS } from '../support/guessers.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const MINUTES = { timeout: 180_000 };
const GUESSED = ['REST', 'Session', 'MQTT 3.1.1', 'MQTT 5'];
/** The guessers of each protocol, each with its own address: those that wait for an answer, and those that disconnect. */
const GUESSERS = 100;
const LEAVERS = 5;
/** The most answers that a waiting guesser gets in a second. Without the guard only this machine's speed limits them. */
const MAX_ANSWERS_PER_SECOND = 1.5;
const DURATION_MS = 5_000;

let harper: TemporaryHarper;
beforeAll(async () => {
	harper = await startTemporaryHarper();
	useServer(harper);
});
afterAll(() => harper?.remove());

let count = 0;
const guessed = ({ username }: Account) => ({ username, password: `guess-${++count}` });

async function guess(way: string, account: Account, from: string): Promise<void> {
	const socket = sendLogin(way, guessed(account), from);
	const closed = new Promise((done) => socket.once('close', done));
	await Promise.race([once(socket, 'data').catch(() => {}), closed]);
	socket.destroy();
}

async function leave(way: string, account: Account, from: string): Promise<void> {
	await leaveEarly(way, guessed(account), from);
	await sleep(200);
}

/**
 * Tries one login after another from each address; they begin at different moments.
 * @returns the number of answers
 */
async function flood(account: Account): Promise<number> {
	let answered = 0;
	const end = Date.now() + DURATION_MS;
	const counted: typeof guess = async (...login) => {
		await guess(...login);
		answered++;
	};
	const repeat = async (logIn: typeof guess, way: string, from: string) => {
		await sleep((Math.random() * DURATION_MS) / 3);
		while (Date.now() < end) await logIn(way, account, from);
	};
	const all = GUESSED.flatMap((way, n) => [
		...Array.from({ length: GUESSERS }, (_, i) => repeat(counted, way, `127.1.${n}.${i + 1}`)),
		...Array.from({ length: LEAVERS }, (_, i) => repeat(leave, way, `127.2.${n}.${i + 1}`)),
	]);
	await Promise.all(all);
	return answered;
}

test('a flood of guesses', MINUTES, async () => {
	const account = await addAccount('owner', 'sign_viewer');
	let homes = 0;
	await withstands(
		harper,
		async () => {
			const flooding = flood(account);
			await sleep(DURATION_MS / 2);
			const ways = Object.entries(WAYS);
			const owners = await Promise.all(ways.map(([, logIn]) => logIn(account, `127.3.0.${++homes}`)));
			expect(owners, 'the owner, from new addresses').toEqual(ways.map(() => 'right'));
			const maxAnswers = (GUESSED.length * GUESSERS * MAX_ANSWERS_PER_SECOND * DURATION_MS) / 1000;
			expect(await flooding, 'answers').toBeLessThan(maxAnswers);
		},
		5
	);
});

/** The least share of the right logins in a second that must remain with the guard. */
const RATE = { known: 0.97, new: 0.9 };

test('right logins where nobody guesses', MINUTES, async () => {
	const measured = await startMeasured();
	const logins = await costOfLogins(measured);
	for (const kind of ['known', 'new'] as const) {
		const guard = await costOf(measured, kind);
		for (const [protocol, cost] of Object.entries(logins)) {
			const text = `${guard} of ${cost} microseconds over ${protocol}, of credentials that are ${kind} at their address`;
			// the logins were of known ones
			expect((cost - guard) / cost, text).toBeGreaterThanOrEqual(RATE[kind]);
		}
	}
});
