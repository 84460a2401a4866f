/**
 * What we use of the store beneath Harper (lmdb-js), on the table `Sign`, because Harper has no word for it: the time that a
 * write is stamped with, turns
 * across threads, and reads that see all that is committed. To be looked at first when Harper's store changes.
 */
import { tables } from 'harperdb';

/** A row as it is stored, with what Harper keeps beside it. A removed one is kept for a while without its value. */
export interface Entry {
	/** The timestamp of the write that was stored last, in ms since 1970: of those that come late an older one. */
	version: number;
	value: { id: string; updatedAt?: Date } | null;
}

/** What lmdb-js has beside its documented methods. */
interface Store {
	getEntry(id: string): Entry | undefined;
	/** Takes the lock, or returns false and calls back when it may be free. Harper itself relies on it. */
	tryLock(id: string, mayBeFree: () => void): boolean;
	unlock(id: string): void;
	resetReadTxn(): void;
}
const store = () => tables.Sign!.primaryStore as unknown as Store;

/**
 * Lets the next read of this thread see all that any thread has committed. lmdb-js keeps a thread's snapshot until
 * its next timer, which may be after another thread has acknowledged a write (read in its source, not seen).
 */
export const seeCommitted = () => store().resetReadTxn();

/**
 * The timestamp of the latest write to a row, in ms since 1970; -Infinity for a row that never was. Of a row that was
 * written late it is known by `updatedAt`, and so to the ms.
 */
export const lastWrite = (entry: Entry | undefined) =>
	Math.max(entry?.version ?? -Infinity, Number(entry?.value?.updatedAt ?? -Infinity));

/**
 * The timestamp of a write by one who has seen all that was written to the sign, in ms since 1970: in a later ms than that.
 *
 * Harper orders writes by it, and takes it from the clock of its thread or node: where that is behind, it would write, be
 * acknowledged, and lose to what it overwrote. It has a fraction, so that no two nodes write at the same time: Harper also
 * takes it for the state of the row, and one that finds the same again overwrites what came in between.
 */
export function after(id: string): number {
	seeCommitted();
	// not performance.timeOrigin: a clock that is set later, or a machine that slept, would not be seen
	const now = Date.now() + (performance.now() % 1);
	return Math.max(now, Math.floor(lastWrite(store().getEntry(id))) + 1 + (now % 1));
}

/** In ms; a write takes a few. A thread that dies in the middle of a write does not give back its turn. */
const LONGEST_TURN = 5_000;

/** Turns that are waited for on this thread. */
const waiting = new Map<string, Promise<unknown>>();

/**
 * Runs `action` while no other runs for any of the same ids, on any thread; those of one thread in their order.
 *
 * Without turns two threads that create a sign at once overwrite each other's fields with defaults, and a merge that
 * meets a removal leaves a row of a few fields. Node's Web Locks do not serve: seen to let two threads in at once.
 * @returns what `action` returns
 */
export function alone<T>(ids: string[], action: () => Promise<T>): Promise<T> {
	// Always in the same order: two that want the same ids never wait for each other.
	const sorted = [...new Set(ids)].sort();
	return sorted.reduceRight<() => Promise<T>>((inner, id) => () => inTurn(id, () => locked(id, inner)), action)();
}

/** One after another on this thread, so that of each thread only one waits for the lock. */
function inTurn<T>(id: string, action: () => Promise<T>): Promise<T> {
	const turn = (waiting.get(id) ?? Promise.resolve()).then(action);
	const settled = turn
		.catch(() => {}) // the caller hears of it; the next in turn must not
		.then(() => {
			if (waiting.get(id) === settled) waiting.delete(id);
		});
	waiting.set(id, settled);
	return turn;
}

/** One at a time on all threads. */
async function locked<T>(id: string, action: () => Promise<T>): Promise<T> {
	const isOurs = await takeLock(id);
	if (!isOurs) logger.warn?.(`The turn to write sign ${id} was not given back: did a thread end?`);
	try {
		return await action();
	} finally {
		if (isOurs) store().unlock(id);
	}
}

/** @returns false when the lock was not to be had within LONGEST_TURN: its holder must be gone */
function takeLock(id: string): Promise<boolean> {
	return new Promise((done) => {
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			done(false);
		}, LONGEST_TURN);
		const attempt = () => {
			if (late || !store().tryLock(id, attempt)) return;
			clearTimeout(timer);
			done(true);
		};
		attempt();
	});
}
