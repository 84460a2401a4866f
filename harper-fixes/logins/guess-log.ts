/**
 * What the log says of wrong logins that are slowed, by the bursts of log-bursts.ts: how many, and who. Never a password.
 * Part of slow-guesses.ts: to be deleted with it.
 */
import { Bursts } from '../log-bursts.ts';
import type { Login } from './login.ts';

/** How many accounts and addresses are counted apart; and named. */
const MOST = 1_000;
const NAMED = 3;

const SUBJECT = 'guesses';

export class GuessLog {
	#log: (text: string) => void;
	#period: number;
	#bursts: Bursts;
	#slowed = 0;
	#refused = 0;
	#accounts = new Set<string>();
	#addresses = new Set<string>();

	/** @param period how often a line is written, in ms */
	constructor(log: (text: string) => void, period: number) {
		this.#log = log;
		this.#period = period;
		this.#bursts = new Bursts(period);
	}

	/** To be called for each login that had to wait, or was refused at once. */
	add({ account, address }: Omit<Login, 'password'>, kind: 'slowed' | 'refused'): void {
		if (!this.#bursts.isLasting(SUBJECT)) this.#forget();
		if (kind === 'slowed') this.#slowed++;
		else this.#refused++;
		if (this.#accounts.size < MOST) this.#accounts.add(account);
		if (this.#addresses.size < MOST) this.#addresses.add(address);
		this.#bursts.add(
			SUBJECT,
			() => this.#log(`Somebody guesses passwords, and is slowed down: ${this.#who()}`),
			() => this.#summarize()
		);
	}

	#summarize(): void {
		const counts = `${this.#slowed} waited, ${this.#refused} were refused at once`;
		this.#log(
			`Logins in the last ${this.#period / 1000} s that were guesses, or beside them: ${counts}; ${this.#who()}`
		);
		this.#forget();
	}

	#forget(): void {
		this.#slowed = this.#refused = 0;
		this.#accounts.clear();
		this.#addresses.clear();
	}

	#who(): string {
		return `${some(this.#accounts, 'account')} from ${some(this.#addresses, 'address', 'es')}`;
	}
}

function some(names: Set<string>, one: string, ending = 's'): string {
	const named = [...names].slice(0, NAMED).map((name) => JSON.stringify(name));
	const more = names.size > NAMED ? ', …' : '';
	const count = names.size < MOST ? names.size : `${MOST} or more`;
	return `${count} ${one}${names.size === 1 ? '' : ending} (${named.join(', ')}${more})`;
}
