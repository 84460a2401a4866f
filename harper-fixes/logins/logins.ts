/**
 * Handles one login, whichever protocol it uses: refuses it at once, or checks it after its wait and records the
 * outcome on all threads. The rules are in guesses.ts; slow-guesses.ts hooks it into Harper.
 * Part of slow-guesses.ts: delete them together.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSocket } from './client-socket.ts';
import { Counts } from './counts.ts';
import { GuessLog } from './guess-log.ts';
import { Guesses, type Outcome, type Verdict } from './guesses.ts';
import { ClientDisconnected, LoginQueue } from './login-queue.ts';
import type { Login } from './login.ts';
import { Refusal } from '../../sign/refusal.ts';

/** A login that was not checked. */
export class TooManyLogins extends Refusal {
	/** In s. */
	retryAfter: number;
	constructor(rule: string, retryAfter: number) {
		super(`${rule}: try again in ${retryAfter} s`, 429);
		this.retryAfter = retryAfter;
	}
}

/** How often a line is logged while guesses continue. */
const LOG_PERIOD_MS = 60_000;

/**
 * A thread that refuses more logins than this delays each refusal: a client that waits for it cannot send the next
 * guess. At most MAX_DELAYED_REFUSALS are delayed at the same time; more are sent at once.
 */
const REFUSAL_RATE = { max: 20, decayPerSecond: 20 };
const REFUSAL_DELAY_MS = 1_000;
const MAX_DELAYED_REFUSALS = 2_000;

const guesses = new Guesses();
const queue = new LoginQueue();
const refusals = new Counts(REFUSAL_RATE, 1);
let delayedRefusals = 0;
const log = new GuessLog((text) => logger.warn?.(text), LOG_PERIOD_MS);

/** The outcomes that the other threads of this Harper record. */
const threads = new BroadcastChannel('logins of the signs');
threads.onmessage = ({ data }) => guesses.record(data as Outcome, performance.now());
threads.unref();

/** False while every login is checked at once. */
export const isBusy = () => !queue.isEmpty || guesses.isBusy(performance.now());

/** @throws {TooManyLogins} when the login must be refused without a check */
export function refuseIfBlocked(login: Login): Exclude<Verdict, { is: 'refused' }> {
	const verdict = guesses.verdict(login, performance.now());
	if (verdict.is !== 'refused') return verdict;
	guesses.recordRefused(login, performance.now());
	throw refusal(login, verdict.rule, verdict.seconds);
}

/**
 * Waits for its turn, then returns the result of `check`, which rejects with 401 when the credentials are wrong.
 * @param socket the client's connection; if the client disconnects while waiting, the check is skipped
 * @throws {TooManyLogins} when the login was not checked
 */
export async function checkInTurn<T>(login: Login, socket: ClientSocket, check: () => Promise<T>): Promise<T> {
	const verdict = refuseIfBlocked(login);
	if (verdict.is === 'known') return checkAndRecord(login, check);
	if (!queue.hasRoom(login)) throw refusal(login, 'too many logins wait to be checked', 2);
	if (verdict.ms > 0) log.add(login, 'slowed');
	const checkUnlessBlocked = () => {
		refuseIfBlocked(login); // the counts may have grown while it waited
		return checkAndRecord(login, check);
	};
	try {
		return await queue.run(login, verdict.ms, socket, checkUnlessBlocked);
	} catch (cause) {
		if (!(cause instanceof ClientDisconnected)) throw cause;
		recordOutcome(guesses.outcomeOfDisconnected(login));
		throw new TooManyLogins('the client left before its turn', 1);
	}
}

/** Await this before refusing a login. Resolves at once unless the thread is refusing many. */
export async function delayRefusal(): Promise<void> {
	const now = performance.now();
	refusals.add('all', 1, now);
	if (refusals.value('all', now) <= REFUSAL_RATE.max || delayedRefusals >= MAX_DELAYED_REFUSALS) return;
	delayedRefusals++;
	await sleep(REFUSAL_DELAY_MS);
	delayedRefusals--;
}

function refusal(login: Login, rule: string, seconds: number): TooManyLogins {
	log.add(login, 'refused');
	return new TooManyLogins(rule, seconds);
}

async function checkAndRecord<T>(login: Login, check: () => Promise<T>): Promise<T> {
	try {
		const result = await check();
		recordOutcome(guesses.outcomeOfChecked(login, true));
		return result;
	} catch (cause) {
		if ((cause as Partial<Refusal>).statusCode === 401) recordOutcome(guesses.outcomeOfChecked(login, false));
		throw cause;
	}
}

/** Records it on all threads. */
function recordOutcome(outcome: Outcome | undefined): void {
	if (!outcome) return;
	guesses.record(outcome, performance.now());
	threads.postMessage(outcome);
}
