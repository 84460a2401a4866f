/**
 * One login, whichever protocol it came by: refused at once, or checked after its wait, and noted on all threads. By the
 * rules of guesses.ts; what of Harper calls it stands in slow-guesses.ts.
 * Part of slow-guesses.ts: to be deleted with it.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counts } from './counts.ts';
import { GuessLog } from './guess-log.ts';
import { Guesses, type Outcome, type Verdict } from './guesses.ts';
import type { Leaving } from './leaving.ts';
import type { Login } from './login.ts';
import { Refusal } from '../../sign/refusal.ts';
import { Left, WaitingRoom } from './waiting.ts';

/** A login that was not checked. */
export class TooManyLogins extends Refusal {
	/** In s. */
	retryAfter: number;
	constructor(rule: string, retryAfter: number) {
		super(`${rule}: try again in ${retryAfter} s`, 429);
		this.retryAfter = retryAfter;
	}
}

/** How often the log has a line, in ms. */
const PERIOD = 60_000;

/** A thread that refuses more than this holds each answer back for a while: who waits for it sends no next one meanwhile. */
const AT_ONCE = { most: 20, fallsPerSecond: 20 };
const HELD = 1_000;
const MOST_HELD = 2_000;

const guesses = new Guesses();
const room = new WaitingRoom();
const refusals = new Counts(AT_ONCE, 1);
let heldBack = 0;
const log = new GuessLog((text) => logger.warn?.(text), PERIOD);

/** What the other threads of this Harper have noted. */
const threads = new BroadcastChannel('logins of the signs');
threads.onmessage = ({ data }) => guesses.note(data as Outcome, performance.now());
threads.unref();

/** False while every login is checked at once. */
export const isBusy = () => !room.isEmpty || guesses.isBusy(performance.now());

/** @throws {TooManyLogins} when it is to be refused without being checked */
export function refuseGuess(login: Login): Exclude<Verdict, { is: 'refused' }> {
	const verdict = guesses.verdict(login, performance.now());
	if (verdict.is !== 'refused') return verdict;
	guesses.wasRefused(login, performance.now());
	throw refusal(login, verdict.rule, verdict.seconds);
}

/**
 * What `check` returns, which rejects with 401 when the credentials are wrong.
 * @param socket of its client: when that leaves while it waits, nothing need be checked any more
 * @throws {TooManyLogins} when it was not checked
 */
export async function checkInTurn<T>(login: Login, socket: Leaving, check: () => Promise<T>): Promise<T> {
	const verdict = refuseGuess(login);
	if (verdict.is === 'known') return noted(login, check);
	if (!room.hasPlace(login)) throw refusal(login, 'too many logins wait to be checked', 2);
	if (verdict.ms > 0) log.add(login, 'slowed');
	const inTurn = () => {
		refuseGuess(login); // others of the same have been checked meanwhile
		return noted(login, check);
	};
	try {
		return await room.pass(login, verdict.ms, socket, inTurn);
	} catch (cause) {
		if (!(cause instanceof Left)) throw cause;
		note(guesses.left(login));
		throw new TooManyLogins('the client left before its turn', 1);
	}
}

/** To be awaited before a login is refused: no time, unless many are. */
export async function holdRefusal(): Promise<void> {
	const now = performance.now();
	refusals.add('all', 1, now);
	if (refusals.at('all', now) <= AT_ONCE.most || heldBack >= MOST_HELD) return;
	heldBack++;
	await sleep(HELD);
	heldBack--;
}

function refusal(login: Login, rule: string, seconds: number): TooManyLogins {
	log.add(login, 'refused');
	return new TooManyLogins(rule, seconds);
}

async function noted<T>(login: Login, check: () => Promise<T>): Promise<T> {
	try {
		const result = await check();
		note(guesses.outcome(login, true));
		return result;
	} catch (cause) {
		if ((cause as Partial<Refusal>).statusCode === 401) note(guesses.outcome(login, false));
		throw cause;
	}
}

function note(outcome: Outcome | undefined): void {
	if (!outcome) return;
	guesses.note(outcome, performance.now());
	threads.postMessage(outcome);
}
