/** Events as the text of an answer. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { toReadable, writtenOnce, type Events } from '../../harper-fixes/event-readable.ts';

/** Events that the test adds. */
class Queue implements Events {
	taken = 0;
	isEnded = false;
	readonly #events: (object | null)[] = [];
	#take: ((event: object | null) => void) | undefined;

	add(event: object | null): void {
		this.#events.push(event);
		if (this.#take) this.takeNext(this.#take);
	}
	takeNext(take: (event: object | null) => void): void {
		this.#take = undefined;
		const event = this.#events.shift();
		if (event === undefined) return void (this.#take = take);
		this.taken++;
		take(event);
	}
	end(): void {
		this.isEnded = true;
		this.#take?.(null);
	}
}

test('an event is written once, and each of its subscribers gets the text', async () => {
	let writes = 0;
	const textOf = writtenOnce((event) => `${++writes} ${JSON.stringify(event)}\n\n`);
	const queues = [new Queue(), new Queue(), new Queue()];
	for (const event of [{ id: 'a' }, { id: 'b' }, null]) for (const queue of queues) queue.add(event);
	const texts = await Promise.all(queues.map((queue) => toReadable(queue, textOf).toArray()));
	expect(texts).toEqual(Array(3).fill(['1 {"id":"a"}\n\n', '2 {"id":"b"}\n\n']));
});

test('an event is taken only when the one before it was read', async () => {
	const queue = new Queue();
	for (let n = 0; n < 5; n++) queue.add({ n });
	const readable = toReadable(queue, (event) => JSON.stringify(event));
	expect(queue.taken).toBe(0);
	readable.once('readable', () => {});
	await turn();
	expect(queue.taken).toBe(1);
	expect(readable.read()).toBe('{"n":0}');
	await turn();
	expect(queue.taken).toBe(2);
});

test('the events end when the subscriber is gone, and a later one is not sent', async () => {
	const queue = new Queue();
	const readable = toReadable(queue, (event) => JSON.stringify(event)).resume();
	await turn();
	readable.destroy();
	await turn();
	queue.add({ n: 1 });
	expect([queue.isEnded, readable.errored]).toEqual([true, null]);
});
