/**
 * What is known of wrong logins, and by that how long the next login waits, or that it is refused. Pure: no I/O, and no
 * clock of its own; bounded memory, whatever names and addresses a guesser uses.
 *
 * Wrong logins count for the account at the address, for the address, and for the account. Each count falls by itself. A
 * stranger cannot lock an owner out: at other addresses the account's count makes a login wait, and never refuses it; and
 * credentials that were right from an address before do not wait there at all.
 * Part of slow-guesses.ts: to be deleted with it.
 */
import { hash, randomBytes } from 'node:crypto';
import { Counts, Kept, type Rule } from './counts.ts';
import type { Login } from './login.ts';

/** How a count acts: up to `free` not at all, then by a growing wait of at most `longest` ms, from `most` on by a refusal. */
const AT_ADDRESS = { free: 5, most: 10, fallsPerSecond: 0.1, longest: 4_000 };
/** Many devices may have one address: far more than one of them makes. */
const OF_ADDRESS = { free: 100, most: 200, fallsPerSecond: 2, longest: 2_000 };
/** From `most` on it is the longest wait: an owner who comes from a new address gets in. */
const OF_ACCOUNT = { free: 20, most: 40, fallsPerSecond: 0.5, longest: 2_000 };
/** Wrong ones beside right ones that are known: beyond `most` the known ones are not looked at, lest they confirm a guess. */
const BESIDE_KNOWN = { most: 300, fallsPerSecond: 2 };

/** What the same wrong password again counts: no new guess, but a device with an old one that tries for ever. */
const REPEATED = 0.1;

/** The most that is kept of each kind; the oldest gives way. */
const MOST_KEPT = 10_000;
const MOST_KNOWN = 50_000;

/** A password by which it can be recognised, and not read. */
interface Mark {
	salt: string;
	digest: string;
}

/** A login that was checked, or whose client left before, as every thread is to know it. */
export interface Outcome {
	address: string;
	account: string;
	mark: Mark;
	isRight: boolean;
	/** Of a wrong one: what it counts, and whether it was right before. */
	counts: number;
	wasRight: boolean;
}

export type Verdict =
	{ is: 'known' } | { is: 'waiting'; ms: number } | { is: 'refused'; seconds: number; rule: string };

export class Guesses {
	#atAddress = new Counts(AT_ADDRESS, MOST_KEPT);
	#ofAddress = new Counts(OF_ADDRESS, MOST_KEPT);
	#ofAccount = new Counts(OF_ACCOUNT, MOST_KEPT);
	#besideKnown = new Counts(BESIDE_KNOWN, MOST_KEPT);
	#right = new Kept<Mark>(MOST_KNOWN);
	#wrong = new Kept<Mark>(MOST_KEPT);
	#quietFrom = 0;

	/** False while no login would have to wait. `now` is in ms, here as everywhere. */
	isBusy = (now: number) => now < this.#quietFrom;

	verdict(login: Login, now: number): Verdict {
		const pair = pairOf(login);
		const isTrusted = this.#besideKnown.at(pair, now) < BESIDE_KNOWN.most;
		if (isTrusted && isMarked(this.#right.get(pair), login.password)) return { is: 'known' };
		const atAddress = this.#atAddress.at(pair, now);
		if (isOver(atAddress, AT_ADDRESS)) return refused(atAddress, AT_ADDRESS, 'for this account from this address');
		const ofAddress = this.#ofAddress.at(login.address, now);
		if (isOver(ofAddress, OF_ADDRESS)) return refused(ofAddress, OF_ADDRESS, 'from this address');
		const ofAccount = this.#ofAccount.at(login.account, now);
		const ms = Math.max(wait(atAddress, AT_ADDRESS), wait(ofAddress, OF_ADDRESS), wait(ofAccount, OF_ACCOUNT));
		return { is: 'waiting', ms };
	}

	/** To be called for each login that was refused without having been checked. */
	wasRefused(login: Login, now: number): void {
		const pair = pairOf(login);
		if (this.#right.get(pair)) this.#besideKnown.add(pair, 1, now);
	}

	/** @returns what is to be noted of a login that was checked, by `note` and on each thread; undefined: nothing new */
	outcome({ address, account, password }: Login, isRight: boolean): Outcome | undefined {
		const pair = pairOf({ address, account });
		const wasRight = isMarked(this.#right.get(pair), password);
		if (isRight && wasRight) return undefined;
		const counts = this.#counts({ address, account, password });
		return { address, account, mark: marked(password), isRight, counts, wasRight };
	}

	/** What is to be noted of a login whose client left before it was checked: it counts as a wrong one, or leaving were free. */
	left({ address, account, password }: Login): Outcome {
		const counts = this.#counts({ address, account, password });
		return { address, account, mark: marked(password), isRight: false, counts, wasRight: false };
	}

	/** What a wrong one counts. */
	#counts = (login: Login) => (isMarked(this.#wrong.get(pairOf(login)), login.password) ? REPEATED : 1);

	note({ address, account, mark, isRight, counts, wasRight }: Outcome, now: number): void {
		const pair = pairOf({ address, account });
		if (isRight) {
			// whoever knows the password made these mistakes
			counts = -this.#atAddress.at(pair, now);
			this.#right.set(pair, mark);
			this.#wrong.delete(pair);
		} else {
			if (this.#right.get(pair)) this.#besideKnown.add(pair, 1, now);
			if (wasRight) this.#right.delete(pair);
			this.#wrong.set(pair, mark);
		}
		const quietFrom = [
			this.#atAddress.add(pair, counts, now, AT_ADDRESS.free),
			this.#ofAddress.add(address, counts, now, OF_ADDRESS.free),
			this.#ofAccount.add(account, counts, now, OF_ACCOUNT.free),
		];
		this.#quietFrom = Math.max(this.#quietFrom, ...quietFrom);
	}
}

const pairOf = ({ address, account }: Pick<Login, 'address' | 'account'>) => `${address} ${account}`;

const digestOf = (salt: string, password: string) => hash('sha256', salt + password, 'base64');

function marked(password: string): Mark {
	const salt = randomBytes(16).toString('base64');
	return { salt, digest: digestOf(salt, password) };
}

const isMarked = (mark: Mark | undefined, password: string) =>
	mark !== undefined && mark.digest === digestOf(mark.salt, password);

function wait(count: number, { free, most, longest }: typeof AT_ADDRESS): number {
	return longest * Math.min(1, Math.max(0, (count - free) / (most - free)));
}

/** Until there is room for a whole guess. */
const isOver = (count: number, { most }: Rule) => count > most - 1;

function refused(count: number, { most, fallsPerSecond }: Rule, whose: string): Verdict {
	const seconds = Math.ceil((count - most + 1) / fallsPerSecond);
	return { is: 'refused', seconds, rule: `too many wrong logins ${whose}` };
}
