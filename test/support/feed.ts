/** Waiting for events, never for time: what a client hears, in order, and a way to await what it should hear. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export class Feed<T> {
	/** Everything heard so far, in order. */
	readonly heard: T[] = [];
	#name: string;
	#news = new EventEmitter().setMaxListeners(0);

	/** @param name for the text of a failure */
	constructor(name: string) {
		this.#name = name;
	}

	push(item: T): void {
		this.heard.push(item);
		this.#news.emit('item', item);
	}

	get last(): T | undefined {
		return this.heard.at(-1);
	}

	/**
	 * The first item, heard already or to come, that `matches`.
	 * @param expected for the text of a failure
	 * @throws when it does not come within `timeout` ms; the text names the feed and what it heard last
	 */
	until(matches: (item: T) => boolean, timeout = 10_000, expected = String(matches)): Promise<T> {
		const found = this.heard.find(matches);
		if (found !== undefined) return Promise.resolve(found);
		return new Promise((done, fail) => {
			const timer = setTimeout(() => {
				this.#news.off('item', check);
				const last = JSON.stringify(this.last) ?? 'nothing';
				fail(
					new Error(
						`${this.#name}: not heard within ${timeout} ms: ${expected}; heard ${this.heard.length}, last ${last}`
					)
				);
			}, timeout);
			const check = (item: T) => {
				if (!matches(item)) return;
				clearTimeout(timer);
				this.#news.off('item', check);
				done(item);
			};
			this.#news.on('item', check);
		});
	}

	/** Waits until nothing was heard for `quiet` ms: the only way to know that nothing more comes. */
	async silence(quiet: number): Promise<void> {
		for (let before = -1; before !== this.heard.length; await sleep(quiet)) before = this.heard.length;
	}

	/** A feed of what `change` makes of each item; undefined leaves it out. */
	map<U>(change: (item: T) => U | undefined): Feed<U> {
		const mapped = new Feed<U>(this.#name);
		const pass = (item: T) => {
			const changed = change(item);
			if (changed !== undefined) mapped.push(changed);
		};
		this.heard.forEach(pass);
		this.#news.on('item', pass);
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
