/**
 * Counts wrong logins, and decides from the counts how long the next login waits, or that it is refused. Pure: no I/O,
 * and no clock of its own. Memory is bounded, whatever names and addresses an attacker uses.
 *
 * A wrong login is counted three times: for the account from this address, for the address, and for the account. Each
 * count decays over time. An attacker cannot lock out an owner: the count of the account only delays logins from other
 * addresses and never refuses them, and a login with credentials that were right from the same address before does not
 * wait at all.
 * Part of slow-guesses.ts: delete them together.
 */
import { hash, randomBytes } from 'node:crypto';
import { BoundedMap, Counts, type Rule } from './counts.ts';
import type { Login } from './login.ts';

/**
 * A count up to `free` has no effect. Above it a login waits, longer as the count grows, for at most `maxWait` ms. From
 * `max` on it is refused.
 */
const PER_ACCOUNT_AND_ADDRESS = { free: 5, max: 10, decayPerSecond: 0.1, maxWait: 4_000 };
/** Higher limits: many devices may share one address. */
const PER_ADDRESS = { free: 100, max: 200, decayPerSecond: 2, maxWait: 2_000 };
/** From `max` on a login waits for `maxWait` and is not refused: an owner at a new address can log in. */
const PER_ACCOUNT = { free: 20, max: 40, decayPerSecond: 0.5, maxWait: 2_000 };
/**
 * Wrong passwords from an address that has logged in before. Beyond `max`, remembered passwords are ignored, so they
 * cannot confirm a guess.
 */
const AFTER_SUCCESS = { max: 300, decayPerSecond: 2 };

/**
 * What the same wrong password counts when it is repeated. It is no new guess: a device with an old password retries
 * for ever.
 */
const REPEATED = 0.1;

/** How many counts of each kind, and how many wrong passwords, are remembered. */
const MAX_ENTRIES = 10_000;
/** How many right passwords are remembered. */
const MAX_RIGHT_PASSWORDS = 50_000;

/** A salted hash of a password. */
interface PasswordHash {
	salt: string;
	digest: string;
}

/**
 * The result of one login. It is sent to every thread. A login whose client disconnected while it waited has one too.
 */
export interface Outcome {
	address: string;
	account: string;
	passwordHash: PasswordHash;
	isRight: boolean;
	/** What a wrong login adds to the counts. */
	weight: number;
	/** Whether the same credentials were right before. */
	wasRight: boolean;
}

/**
 * `known`: the credentials were right before. `waiting`: the login is checked after `ms`. `refused`: it is not checked.
 */
export type Verdict =
	{ is: 'known' } | { is: 'waiting'; ms: number } | { is: 'refused'; seconds: number; rule: string };

/** Each `now` is in ms. */
export class Guesses {
	#perAccountAndAddress = new Counts(PER_ACCOUNT_AND_ADDRESS, MAX_ENTRIES);
	#perAddress = new Counts(PER_ADDRESS, MAX_ENTRIES);
	#perAccount = new Counts(PER_ACCOUNT, MAX_ENTRIES);
	#afterSuccess = new Counts(AFTER_SUCCESS, MAX_ENTRIES);
	#right = new BoundedMap<PasswordHash>(MAX_RIGHT_PASSWORDS);
	#wrong = new BoundedMap<PasswordHash>(MAX_ENTRIES);
	#busyUntil = 0;

	/** False while no login would have to wait. */
	isBusy = (now: number) => now < this.#busyUntil;

	verdict(login: Login, now: number): Verdict {
		const pair = pairOf(login);
		const isTrusted = this.#afterSuccess.value(pair, now) < AFTER_SUCCESS.max;
		if (isTrusted && matches(this.#right.get(pair), login.password)) return { is: 'known' };
		const pairCount = this.#perAccountAndAddress.value(pair, now);
		if (isOver(pairCount, PER_ACCOUNT_AND_ADDRESS))
			return refused(pairCount, PER_ACCOUNT_AND_ADDRESS, 'for this account from this address');
		const addressCount = this.#perAddress.value(login.address, now);
		if (isOver(addressCount, PER_ADDRESS)) return refused(addressCount, PER_ADDRESS, 'from this address');
		const accountCount = this.#perAccount.value(login.account, now);
		const ms = Math.max(
			waitOf(pairCount, PER_ACCOUNT_AND_ADDRESS),
			waitOf(addressCount, PER_ADDRESS),
			waitOf(accountCount, PER_ACCOUNT)
		);
		return { is: 'waiting', ms };
	}

	/** Call it for each login that is refused without a check. */
	recordRefused(login: Login, now: number): void {
		const pair = pairOf(login);
		if (this.#right.get(pair)) this.#afterSuccess.add(pair, 1, now);
	}

	/** @returns what every thread must `record` about a login that was checked; undefined when nothing is new */
	outcomeOfChecked({ address, account, password }: Login, isRight: boolean): Outcome | undefined {
		const wasRight = matches(this.#right.get(pairOf({ address, account })), password);
		if (isRight && wasRight) return undefined;
		const weight = this.#weightOf({ address, account, password });
		return { address, account, passwordHash: hashOf(password), isRight, weight, wasRight };
	}

	/**
	 * The outcome of a login whose client disconnected before the check. It counts as wrong; otherwise disconnecting
	 * would be a free guess.
	 */
	outcomeOfDisconnected({ address, account, password }: Login): Outcome {
		const weight = this.#weightOf({ address, account, password });
		return { address, account, passwordHash: hashOf(password), isRight: false, weight, wasRight: false };
	}

	/** What a login adds to the counts if it is wrong. */
	#weightOf = (login: Login) => (matches(this.#wrong.get(pairOf(login)), login.password) ? REPEATED : 1);

	record({ address, account, passwordHash, isRight, weight, wasRight }: Outcome, now: number): void {
		const pair = pairOf({ address, account });
		if (isRight) {
			// the owner of the password made the earlier mistakes: take them back
			weight = -this.#perAccountAndAddress.value(pair, now);
			this.#right.set(pair, passwordHash);
			this.#wrong.delete(pair);
		} else {
			if (this.#right.get(pair)) this.#afterSuccess.add(pair, 1, now);
			if (wasRight) this.#right.delete(pair);
			this.#wrong.set(pair, passwordHash);
		}
		this.#busyUntil = Math.max(
			this.#busyUntil,
			this.#perAccountAndAddress.add(pair, weight, now, PER_ACCOUNT_AND_ADDRESS.free),
			this.#perAddress.add(address, weight, now, PER_ADDRESS.free),
			this.#perAccount.add(account, weight, now, PER_ACCOUNT.free)
		);
	}
}

const pairOf = ({ address, account }: Pick<Login, 'address' | 'account'>) => `${address} ${account}`;

const digestOf = (salt: string, password: string) => hash('sha256', salt + password, 'base64');

function hashOf(password: string): PasswordHash {
	const salt = randomBytes(16).toString('base64');
	return { salt, digest: digestOf(salt, password) };
}

const matches = (passwordHash: PasswordHash | undefined, password: string) =>
	passwordHash !== undefined && passwordHash.digest === digestOf(passwordHash.salt, password);

function waitOf(count: number, { free, max, maxWait }: typeof PER_ACCOUNT_AND_ADDRESS): number {
	return maxWait * Math.min(1, Math.max(0, (count - free) / (max - free)));
}

/** Whether one more wrong login would exceed `max`. */
const isOver = (count: number, { max }: Rule) => count > max - 1;

function refused(count: number, { max, decayPerSecond }: Rule, scope: string): Verdict {
	const seconds = Math.ceil((count - max + 1) / decayPerSecond);
	return { is: 'refused', seconds, rule: `too many wrong logins ${scope}` };
}
