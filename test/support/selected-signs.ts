/** Subscribers with a query: the signs that each has, by its events, and whether that is what GET answers. */
import { once } from 'node:events';
import fc from 'fast-check';
import { expect } from 'vitest';
import { openEventSource, openWebSocket, rest, type Row, type Server, type SignEvent } from './clients.ts';
import type { Feed } from './feed.ts';
import { queries, signsToSelect } from './generated-queries.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** The two kinds of subscribers that may have a query. */
export const kinds = [
	{ name: 'Server-Sent Events', open: async (path: string) => (await openEventSource(path)).feed },
	{ name: 'a WebSocket', open: async (path: string) => (await openWebSocket(path)).feed },
];

/**
 * The signs that a subscriber has after these events.
 * @throws when it got an event of type `delete` for a sign that it did not have
 */
export function heldBy({ received }: Feed<SignEvent>): Map<string, Row> {
	const held = new Map<string, Row>();
	for (const event of received) {
		if (event.type === 'error') continue;
		if (event.value) held.set(event.id, event.value);
		else expect(held.delete(event.id), `a delete of ${event.id}, which it did not have`).toBe(true);
	}
	return held;
}

/** The part of a query that a stream refuses; not the value of a condition. */
const OF_ONE_ANSWER = /(?:^|[&|([])(?:limit|sort|select)\(/;

/** Two conditions of one field, which a stream refuses. Harper answers some of them. */
const CHAINED = /[&|]=/;

/**
 * Checks that a stream selects the signs that GET answers, for generated queries: at the start, and when they change.
 * @param prefix of the ids of the signs; signs of other tests are ignored
 * @returns how many queries were answered, and how many refused
 */
export async function compareWithGet(server: Server, prefix: string, numRuns: number, seed: number) {
	const ids = signsToSelect.map((_, i) => `${prefix}${i}`);
	const ask = (method: string, path: string, body?: object) => rest(method, path, body, ADMIN, server);
	for (const [i, sign] of signsToSelect.entries()) await ask('PUT', `/Sign/${ids[i]}`, sign);
	const counts = { answered: 0, refused: 0 };
	let speed = 1;
	const selects = fc.asyncProperty(queries, async (query) => {
		fc.pre(!CHAINED.test(query));
		const got = await ask('GET', `/Sign/?${query}`);
		const { socket, feed } = await openWebSocket(`/Sign/?${query}`, ADMIN, server);
		const closed = once(socket, 'close', { signal: AbortSignal.timeout(10_000) }).catch(() => ['was not closed']);
		if (got.status === 400 || OF_ONE_ANSWER.test(query)) {
			expect([query, (await closed)[0]]).toEqual([query, 1008]);
			counts.refused++;
			return;
		}
		expect(got.status, got.text).toBe(200);
		const selected = (got.json() as Row[]).map(({ id }) => id).filter((id) => ids.includes(id));
		const isOurs = ({ id, value }: SignEvent) => ids.includes(id) && value;
		const [last] = selected;
		if (last) {
			await feed.until(() => selected.every((id) => heldBy(feed).has(id)), 10_000, `${query} selects ${selected}`);
			// events that should not come come before those of later changes
			for (const changed of [`?id=sw=${prefix}`, last]) {
				speed = (speed % 99) + 1;
				await ask('PATCH', `/Sign/${changed}`, { speed });
				await feed.until((event) => event.id === last && event.value?.speed === speed);
			}
			const got = new Set(feed.received.filter(isOurs).map(({ id }) => id));
			expect([...got].sort(), query).toEqual(selected.sort());
		}
		counts.answered++;
		socket.terminate();
	});
	await fc.assert(selects, { seed, numRuns, interruptAfterTimeLimit: 80_000, endOnFailure: true });
	return counts;
}
