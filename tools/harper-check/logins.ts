/** Logins that fail: how many are answered, and what the log says of them. */
import { stripVTControlCharacters } from 'node:util';
import { newId, outcome, waitFor, type Check, type Place } from './check.ts';
import { ask, sendJson } from './clients/http.ts';

const WRONG = 'wrong';
/** An address for documents [RFC 5737]: nobody connects from it. */
const FORGED = '203.0.113.9';

/** The entry of an account in Harper's log; undefined when there is none within 1 s. */
const entryOf = ({ log }: Place, username: string) =>
	waitFor(
		() =>
			stripVTControlCharacters(log())
				.split(/\n(?=\d{4}-)/)
				.find((entry) => entry.includes(`'${username}'`)),
		1_000
	);

const forwardedFor: Check = {
	cure: 'proxies/forwarded-for',
	lane: 'shared',
	async run(place) {
		const account = { username: newId('forged'), password: WRONG };
		await ask(place.harper, 'GET', '/Sign/', { account, headers: { 'X-Forwarded-For': FORGED } });
		const entry = await entryOf(place, account.username);
		const address = /originating_ip: '([^']*)'/.exec(entry ?? '')?.[1] ?? 'no address';
		return outcome(address === FORGED, `X-Forwarded-For: ${FORGED} of a client on 127.0.0.1: the log has ${address}`);
	},
};

const failedLoginLog: Check = {
	cure: 'logins/failed-login-log',
	lane: 'shared',
	async run(place) {
		const account = { username: newId('unlogged'), password: WRONG };
		const { status } = await sendJson(place.harper, 'POST', '/Session/', account, { account: null });
		const isLogged = Boolean(await entryOf(place, account.username));
		return outcome(
			!isLogged,
			`a failed login by authenticateUser answers ${status}, and is ${isLogged ? '' : 'not '}in the log`
		);
	},
};

const GUESSES = 300;

const slowGuesses: Check = {
	cure: 'logins/slow-guesses',
	lane: 'shared',
	async run({ harper }) {
		const username = newId('guessed');
		const begin = performance.now();
		const guess = (_: unknown, n: number) =>
			ask(harper, 'GET', '/Sign/', { account: { username, password: `guess ${n}` } });
		const answers = await Promise.all(Array.from({ length: GUESSES }, guess));
		const seconds = (performance.now() - begin) / 1000;
		const checked = answers.filter(({ status }) => status === 401).length;
		return outcome(
			checked === GUESSES,
			`of ${GUESSES} guesses for one account, ${checked} are checked within ${Math.ceil(seconds)} s`
		);
	},
};

/** The guesses last: those before them would have to wait. */
export const LOGINS = [forwardedFor, failedLoginLog, slowGuesses];
