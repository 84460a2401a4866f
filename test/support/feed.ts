/** Waits for events, not for time: the events that a client received, in their order, and ways to await the next ones. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export class Feed<T> {
	/** Everything received so far, in its order. */
	readonly received: T[] = [];
	#name: string;
	#emitter = new EventEmitter().setMaxListeners(0);

	/** @param name for the text of a failure */
	constructor(name: string) {
		this.#name = name;
	}

	push(item: T): void {
		this.received.push(item);
		this.#emitter.emit('item', item);
	}

	get last(): T | undefined {
		return this.received.at(-1);
	}

	/**
	 * Resolves with the first item, of those received and those to come, that `matches`.
	 * @param expected for the text of a failure: what the test waits for
	 * @throws when no such item comes within `timeout` ms; the text has the feed's name, what was expected and the last item
	 */
	until(matches: (item: T) => boolean, timeout = 10_000, expected = String(matches)): Promise<T> {
		const found = this.received.find(matches);
		if (found !== undefined) return Promise.resolve(found);
		return new Promise((done, fail) => {
			const timer = setTimeout(() => {
				this.#emitter.off('item', check);
				const count = this.received.length;
				fail(
					new Error(
						`${this.#name}: expected within ${timeout} ms: ${expected}; received ${count}, the last: ${textOf(this.last)}`
					)
				);
			}, timeout);
			const check = (item: T) => {
				if (!matches(item)) return;
				clearTimeout(timer);
				this.#emitter.off('item', check);
				done(item);
			};
			this.#emitter.on('item', check);
		});
	}

	/** Waits until nothing was received for `quiet` ms: the only way to know that nothing more comes. */
	async silence(quiet: number): Promise<void> {
		for (let before = -1; before !== this.received.length; await sleep(quiet)) before = this.received.length;
	}

	/** A feed of the results of `change` for each item, without those that are undefined. */
	map<U>(change: (item: T) => U | undefined): Feed<U> {
		const mapped = new Feed<U>(this.#name);
		const pass = (item: T) => {
			const changed = change(item);
			if (changed !== undefined) mapped.push(changed);
		};
		this.received.forEach(pass);
		this.#emitter.on('item', pass);
		return mapped;
	}
}

/**
 * Calls `read` again and again until its result passes `accept`. `expect.poll` is clearer where a matcher can say what is expected.
 * This one stays for the rest: `expect.poll` returns no value, and it throws in hooks and in helpers that they call.
 * @param expected for the text of a failure: what the test waits for
 * @throws when no result passes within `timeout` ms, and at once what `read` throws
 */
export async function eventually<T>(
	read: () => Promise<T>,
	accept: (result: T) => boolean,
	timeout = 10_000,
	expected = String(accept)
): Promise<T> {
	const end = Date.now() + timeout;
	for (;;) {
		const result = await read();
		if (accept(result)) return result;
		if (Date.now() > end)
			throw new Error(`expected within ${timeout} ms: ${expected}; the last result: ${textOf(result)}`);
		await sleep(20);
	}
}

const textOf = (value: unknown) => JSON.stringify(value)?.slice(0, 2_000) ?? 'nothing';
