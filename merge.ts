/**
 * The one place that writes signs. Every protocol's write arrives here as a valid change (see sign.ts), whatever it
 * was called there. May touch the table `Sign`; knows nothing of protocols.
 *
 * Harper merges concurrent patches of one row per property, by their timestamps, so that changes of different fields
 * all survive without a lock. Three things are left to do here: a sign is born complete, a counter counts, and a
 * writer that has seen a write comes after it.
 */
import { tables, type Context } from 'harperdb';
import { FIELDS, isRevision, parseId, Refusal, UNWRITTEN, type Change, type SignRow } from './sign.ts';

export type User = Context['user'];

/** How Harper hands out a row: its fields, and the version that its last write gave it. */
export type Stored = SignRow & { getUpdatedTime(): number };

/** Harper stamps a write with the clock of its thread; the threads' clocks differ by up to 1 ms. */
const CLOCK_SKEW = 2;

/** Attempts to bring a sign to life; each takes the time of a commit. More means that something keeps removing it. */
const MOST_BIRTHS = 50;

/** Harper's own commutative increment: concurrent writes all count. */
const INCREMENT = { __op__: 'add', value: 1 };

/** Milliseconds since 1970 with a fraction, as Harper stamps its writes. */
export const now = () => performance.timeOrigin + performance.now();

/** Each write has a context of its own: Harper checks the role (`authorize`) only once for each. */
const contextOf = (user: User, timestamp?: number) => ({ user, authorize: true, timestamp }) as unknown as Context;

/** The stored row; undefined when there is none. A sign between its birth and its first write does not count. */
export async function readSign(id: string): Promise<Stored | undefined> {
	const row = await find(id);
	return row?.revision ? row : undefined;
}

// A context of its own, and no user: whether the caller may read is asked elsewhere.
const find = (id: string) => tables.Sign!.get(id, {} as Context) as Promise<Stored | undefined>;

const missingFields = (row: Stored | undefined) =>
	Object.fromEntries(Object.entries(UNWRITTEN).filter(([field]) => (row?.[field as keyof SignRow] ?? null) === null));

/**
 * Merges a change into a sign, which is created with defaults when there is none.
 * Writes to one sign take effect in the order in which they reach a thread.
 * @throws {Refusal} 503, when the sign is removed faster than it can be written
 * @throws Harper's own 401 or 403, when the user's role may not update signs
 */
export function mergeSign(id: string, change: Change, user: User): Promise<void> {
	return inTurn(id, async () => {
		const { born, row } = await bringToLife(id, user);
		const counted = born || isRevision(change) ? { ...change, revision: INCREMENT } : change;
		// A clock behind another thread's (or node's) must not make this write lose to one that it has seen.
		await patch(id, counted, contextOf(user, Math.max(now(), row.getUpdatedTime() + 0.001)));
		// A removal since the read leaves a row with our fields only: complete it, as a merge into no sign does.
		const after = await find(id);
		if (after && isPartial(after)) await bringToLife(id, user);
	});
}

/**
 * Merges one change into several signs in one transaction: all of them change, or none.
 * @returns how many signs were changed
 * @throws {Refusal} 400, when a row that was written past this application has no valid id
 */
export async function mergeSigns(rows: Stored[], change: Change, user: User): Promise<number> {
	const ids = rows.map((row) => parseId(row.id));
	const counted = isRevision(change) ? { ...change, revision: INCREMENT } : change;
	const stamp = rows.reduce((latest, row) => Math.max(latest, row.getUpdatedTime() + 0.001), now());
	const context = contextOf(user, stamp);
	await transaction(context, () => Promise.all(ids.map((id) => patch(id, { ...counted }, context))));
	for (const id of ids) {
		const after = await find(id);
		if (after && isPartial(after)) await inTurn(id, () => bringToLife(id, user));
	}
	return ids.length;
}

/** Removes a sign; none is no error. */
export function removeSign(id: string, user: User): Promise<void> {
	return inTurn(id, async () => {
		await tables.Sign!.delete(id, contextOf(user));
	});
}

export const isPartial = (row: SignRow) => FIELDS.some((field) => (row[field] ?? null) === null);

// Harper creates a patched record without its primary key unless the patch carries it.
const patch = (id: string, change: object, context: Context) => tables.Sign!.patch(id, { id, ...change }, context);

/**
 * Makes the stored row complete. The defaults are stamped earlier than any write by someone who saw the row, so that
 * of several that create a sign at once none overwrites with a default what another one set.
 */
async function bringToLife(id: string, user: User): Promise<{ born: boolean; row: Stored }> {
	for (let births = 0; births <= MOST_BIRTHS; births++) {
		const before = now() - CLOCK_SKEW;
		const row = await find(id);
		if (row && !isPartial(row)) return { born: !row.revision, row };
		// Without effect when the sign was removed less than CLOCK_SKEW ago: the next attempt is later.
		await patch(id, missingFields(row), contextOf(user, before));
	}
	throw new Refusal(`sign "${id}" is being removed again and again: try later`, 503);
}

const turns = new Map<string, Promise<unknown>>();

/** Runs the writes to one sign one after another on this thread: MQTT hands over the next before the last is done. */
function inTurn<T>(id: string, write: () => Promise<T>): Promise<T> {
	const turn = (turns.get(id) ?? Promise.resolve()).then(write);
	const settled = turn.catch(() => {}); // the caller hears of it; the next in turn must not
	turns.set(id, settled);
	void settled.then(() => {
		if (turns.get(id) === settled) turns.delete(id);
	});
	return turn;
}
