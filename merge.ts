/**
 * The one place that writes signs. Every protocol's write arrives here as a valid change (see sign.ts), whatever it
 * was called there. May touch the table `Sign`; knows nothing of protocols.
 *
 * A write is a patch: of those that reach different nodes of a cluster, Harper keeps both, property by property. On
 * one node the writes to a sign take turns (store.ts), so that each sees the row that it changes.
 */
import { tables, type Context } from 'harperdb';
import { currentUser, mayMergeByQuery, mayWrite, type User } from './access.ts';
import { INITIAL, isRevision, parseId, type Change, type SignRow } from './sign.ts';
import { alone, seeCommitted } from './store.ts';

/** How Harper hands out a row: its fields, and the timestamp of its last write. */
export type Stored = SignRow & { getUpdatedTime(): number };

/** Harper's own increment: of writes that meet across nodes, each counts. */
const INCREMENT = { __op__: 'add', value: 1 };

/** How far the clocks of Harper's threads are apart, in ms. Seen: up to 1. */
const CLOCK_SKEW = 2;

/** More than the resolution of a timestamp of today, which is a double: 1/4096 ms. */
const TICK = 1 / 1024;

/** The stored row; undefined when there is none. Whether the caller may read it is asked elsewhere. */
export function readSign(id: string): Promise<Stored | undefined> {
	seeCommitted();
	return tables.Sign!.get(id, {} as Context) as Promise<Stored | undefined>;
}

/**
 * Merges a change into a sign, which is created with defaults when there is none.
 * @throws {Refusal} 401, 403 when the account may not, at the time of the write
 */
export function mergeSign(id: string, change: Change, user: User): Promise<void> {
	return alone([id], async () => {
		const writer = await currentUser(user);
		mayWrite(writer, id, change);
		const row = await readSign(id);
		await patch(id, row, change, contextOf(writer, after(row)));
	});
}

/**
 * Merges one change into several signs in one transaction: all of them change, or none.
 * @returns how many signs were changed
 * @throws {Refusal} 400, when a row that was written past this application has no valid id; 401, 403 when the account
 * may not
 */
export function mergeSigns(ids: string[], change: Change, user: User): Promise<number> {
	return alone(ids.map(parseId), async () => {
		const writer = await currentUser(user);
		mayMergeByQuery(writer, change);
		const rows = (await Promise.all(ids.map(readSign))).filter((row) => row !== undefined);
		const latest = rows.reduce((time, row) => Math.max(time, after(row)), 0);
		const context = contextOf(writer, latest);
		await transaction(context, () => Promise.all(rows.map((row) => patch(row.id, row, change, context))));
		return rows.length;
	});
}

/**
 * Removes a sign; none is no error.
 * @throws {Refusal} 401 without an account; Harper's 403 when its role may not
 */
export function removeSign(id: string, user: User): Promise<void> {
	return alone([id], async () => {
		const writer = await currentUser(user);
		await tables.Sign!.delete(id, contextOf(writer, after(await readSign(id))));
	});
}

function patch(id: string, row: Stored | undefined, change: Change, context: Context) {
	const revision = isRevision(change) || !row?.revision ? { revision: INCREMENT } : {};
	// Harper creates a patched record without its primary key unless the patch carries it.
	return tables.Sign!.patch(id, { id, ...missingFields(row), ...change, ...revision }, context);
}

/** All fields for a new sign; for an old one what a removal on another node at the same time has left out. */
const missingFields = (row: Stored | undefined) =>
	Object.fromEntries(Object.entries(INITIAL).filter(([field]) => (row?.[field as keyof Change] ?? null) === null));

/** Each write has a context of its own: Harper checks the role (`authorize`) only once for each. */
const contextOf = (user: User, timestamp: number) => ({ user, authorize: true, timestamp }) as unknown as Context;

/**
 * The timestamp of a write by one who has seen `row`, in ms since 1970. Harper orders writes by it, drops one that has
 * the very same as another, and takes it from the clock of its thread: a thread whose clock is behind would write, be
 * acknowledged, and lose to what it overwrote. A removed row is not seen: allow for the skew.
 */
function after(row: Stored | undefined): number {
	const now = performance.timeOrigin + performance.now();
	return row ? Math.max(now, row.getUpdatedTime() + TICK) : now + CLOCK_SKEW;
}
