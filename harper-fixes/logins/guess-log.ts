/**
 * Logs that guesses are being slowed down: how many, for which accounts and from which addresses. Never logs a
 * password. The number of lines is limited (log-bursts.ts).
 * Part of slow-guesses.ts: delete them together.
 */
import { Bursts } from '../log-bursts.ts';
import type { Login } from './login.ts';

/** How many accounts, and how many addresses, are counted. */
const MAX_COUNTED = 1_000;
/** How many accounts, and how many addresses, a line names. */
const MAX_NAMED = 3;

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

	/** Call it for each login that has to wait, or is refused without a check. */
	add({ account, address }: Omit<Login, 'password'>, kind: 'slowed' | 'refused'): void {
		if (!this.#bursts.isActive(SUBJECT)) this.#reset();
		if (kind === 'slowed') this.#slowed++;
		else this.#refused++;
		if (this.#accounts.size < MAX_COUNTED) this.#accounts.add(account);
		if (this.#addresses.size < MAX_COUNTED) this.#addresses.add(address);
		this.#bursts.add(
			SUBJECT,
			() => this.#log(`Somebody guesses passwords, and is slowed down: ${this.#sources()}`),
			() => this.#logSummary()
		);
	}

	#logSummary(): void {
		const counts = `${this.#slowed} waited, ${this.#refused} were refused at once`;
		this.#log(
			`Logins in the last ${this.#period / 1000} s that were guesses, or beside them: ${counts}; ${this.#sources()}`
		);
		this.#reset();
	}

	#reset(): void {
		this.#slowed = this.#refused = 0;
		this.#accounts.clear();
		this.#addresses.clear();
	}

	#sources(): string {
		return `${countAndNames(this.#accounts, 'account')} from ${countAndNames(this.#addresses, 'address', 'es')}`;
	}
}

function countAndNames(names: Set<string>, noun: string, pluralEnding = 's'): string {
	const named = [...names].slice(0, MAX_NAMED).map((name) => JSON.stringify(name));
	const more = names.size > MAX_NAMED ? ', …' : '';
	const count = names.size < MAX_COUNTED ? names.size : `${MAX_COUNTED} or more`;
	return `${count} ${noun}${names.size === 1 ? '' : pluralEnding} (${named.join(', ')}${more})`;
}
