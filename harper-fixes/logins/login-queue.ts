/**
 * Logins that wait for their check. A login waits for the time that guesses.ts sets, and until a check is free: each
 * thread runs few checks at once, because a password is hashed. The queue is bounded, and shared fairly among addresses
 * and accounts. Uses nothing of Harper.
 * Part of slow-guesses.ts: delete them together.
 */
import { onceClosed, type ClientSocket } from './client-socket.ts';
import type { Login } from './login.ts';

/** How many logins one thread checks at the same time. */
const MAX_CHECKS = 4;
/** How many logins may wait on one thread. */
const MAX_WAITING = 2_000;
/** The share of the free places that one address or account may occupy. */
const MAX_SHARE = { address: 1 / 8, account: 1 / 4 };

type Source = Pick<Login, 'address' | 'account'>;

/** The client disconnected before its login was checked. */
export class ClientDisconnected extends Error {}

export class LoginQueue {
	#count = 0;
	#perAddress = new Map<string, number>();
	#perAccount = new Map<string, number>();
	#checks = 0;
	/** The logins that wait for a free check, in order: each function starts one. */
	#next = new Set<() => void>();

	get isEmpty(): boolean {
		return this.#count === 0;
	}

	/**
	 * Whether one more login may wait. An address's first waiting login is not counted against the account: an attacker
	 * cannot take the place of an owner at another address.
	 */
	hasRoom({ address, account }: Source): boolean {
		const free = MAX_WAITING - this.#count;
		const fromAddress = this.#perAddress.get(address);
		if (!fromAddress) return free > 0;
		const forAccount = this.#perAccount.get(account) ?? 0;
		return fromAddress < free * MAX_SHARE.address && forAccount < free * MAX_SHARE.account;
	}

	/**
	 * Waits for `ms`, and until a check is free; then returns the result of `check`.
	 * @throws {ClientDisconnected} as soon as the client disconnects while it waits
	 */
	async run<T>(source: Source, ms: number, socket: ClientSocket, check: () => Promise<T>): Promise<T> {
		this.#addCount(source, 1);
		try {
			await this.#takeCheck(ms, socket);
			try {
				return await check();
			} finally {
				this.#releaseCheck();
			}
		} finally {
			this.#addCount(source, -1);
		}
	}

	async #takeCheck(ms: number, socket: ClientSocket): Promise<void> {
		if (socket.destroyed) throw new ClientDisconnected();
		if (ms === 0 && this.#checks < MAX_CHECKS) return void this.#checks++;
		await new Promise<void>((resolve, reject) => {
			const start = () => {
				removeListener();
				this.#next.delete(start);
				resolve();
			};
			const startOrQueue = () => {
				if (this.#checks >= MAX_CHECKS) return void this.#next.add(start);
				this.#checks++;
				start();
			};
			const timer = setTimeout(startOrQueue, ms);
			const removeListener = onceClosed(socket, () => {
				clearTimeout(timer);
				this.#next.delete(start);
				reject(new ClientDisconnected());
			});
		});
	}

	/** The next login takes over the check, if one waits. */
	#releaseCheck(): void {
		const [start] = this.#next;
		if (start) start();
		else this.#checks--;
	}

	#addCount({ address, account }: Source, change: number): void {
		this.#count += change;
		add(this.#perAddress, address, change);
		add(this.#perAccount, account, change);
	}
}

function add(counts: Map<string, number>, name: string, change: number): void {
	const count = (counts.get(name) ?? 0) + change;
	if (count) counts.set(name, count);
	else counts.delete(name);
}
