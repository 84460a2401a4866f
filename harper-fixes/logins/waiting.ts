/**
 * Logins that wait until they are checked: those of guessed accounts and addresses for a time, and no more than a few are
 * checked at once, because a password is hashed. Bounded, and shared fairly. Touches nothing of Harper's.
 * Part of slow-guesses.ts: to be deleted with it.
 */
import { whenLeft, type Leaving } from './leaving.ts';
import type { Login } from './login.ts';

/** How many are checked at the same time by one thread. */
const AT_ONCE = 4;
/** How many may wait on one thread. */
const MOST = 2_000;
/** What part of the places that are still free one may hold already, for one more: so there are always some for others. */
const SHARE = { address: 1 / 8, account: 1 / 4 };

type Who = Pick<Login, 'address' | 'account'>;

/** The client went away before its login was checked. */
export class Left extends Error {}

export class WaitingRoom {
	#count = 0;
	#ofAddress = new Map<string, number>();
	#ofAccount = new Map<string, number>();
	#checks = 0;
	#next = new Set<() => void>();

	get isEmpty(): boolean {
		return this.#count === 0;
	}

	/** The first place of an address counts for no account: a stranger cannot take it from an owner who comes from elsewhere. */
	hasPlace({ address, account }: Who): boolean {
		const free = MOST - this.#count;
		const ofAddress = this.#ofAddress.get(address);
		if (!ofAddress) return free > 0;
		return ofAddress < free * SHARE.address && (this.#ofAccount.get(account) ?? 0) < free * SHARE.account;
	}

	/**
	 * Waits for `ms`, and until there is room; then returns what `check` returns.
	 * @throws {Left} as soon as the client has left, while it waits
	 */
	async pass<T>(who: Who, ms: number, socket: Leaving, check: () => Promise<T>): Promise<T> {
		this.#enter(who, 1);
		try {
			await this.#turn(ms, socket);
			try {
				return await check();
			} finally {
				const [next] = this.#next;
				if (next) next();
				else this.#checks--;
			}
		} finally {
			this.#enter(who, -1);
		}
	}

	async #turn(ms: number, socket: Leaving): Promise<void> {
		if (socket.destroyed) throw new Left();
		if (ms === 0 && this.#checks < AT_ONCE) return void this.#checks++;
		await new Promise<void>((done, fail) => {
			const begin = () => {
				stop();
				this.#next.delete(begin);
				done();
			};
			const queue = () => {
				if (this.#checks >= AT_ONCE) return void this.#next.add(begin);
				this.#checks++;
				begin();
			};
			const timer = setTimeout(queue, ms);
			const stop = whenLeft(socket, () => {
				clearTimeout(timer);
				this.#next.delete(begin);
				fail(new Left());
			});
		});
	}

	#enter({ address, account }: Who, change: number): void {
		this.#count += change;
		add(this.#ofAddress, address, change);
		add(this.#ofAccount, account, change);
	}
}

function add(counts: Map<string, number>, name: string, change: number): void {
	const count = (counts.get(name) ?? 0) + change;
	if (count) counts.set(name, count);
	else counts.delete(name);
}
