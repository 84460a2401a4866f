/**
 * Logins that wait until they are checked: those of guessed accounts and addresses for a time, and no more than a few are
 * checked at once, because a password is hashed. Bounded. Touches nothing of Harper's.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** How many are checked at the same time by one thread. */
const AT_ONCE = 4;
/** How many may wait on one thread, and how many of them of one address. */
const MOST = 2_000;
const MOST_OF_ADDRESS = 250;

export class WaitingRoom {
	#count = 0;
	#ofAddress = new Map<string, number>();
	#checks = 0;
	#next: (() => void)[] = [];

	get isEmpty(): boolean {
		return this.#count === 0;
	}

	isFull(address: string): boolean {
		return this.#count >= MOST || (this.#ofAddress.get(address) ?? 0) >= MOST_OF_ADDRESS;
	}

	/** Waits for `ms`, and until there is room; then returns what `check` returns. */
	async pass<T>(address: string, ms: number, check: () => Promise<T>): Promise<T> {
		this.#enter(address, 1);
		try {
			if (ms > 0) await sleep(ms);
			if (this.#checks >= AT_ONCE) await new Promise<void>((done) => this.#next.push(done));
			else this.#checks++;
			try {
				return await check();
			} finally {
				const next = this.#next.shift();
				if (next) next();
				else this.#checks--;
			}
		} finally {
			this.#enter(address, -1);
		}
	}

	#enter(address: string, change: number): void {
		this.#count += change;
		const count = (this.#ofAddress.get(address) ?? 0) + change;
		if (count) this.#ofAddress.set(address, count);
		else this.#ofAddress.delete(address);
	}
}
