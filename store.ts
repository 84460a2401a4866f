/**
 * What we use of the store beneath Harper (lmdb-js) for the table `Sign`, for which Harper has no word: reads that see all
 * that is committed, and the time that a write is stamped with. To be looked at first when Harper's store changes.
 */
import { tables, type Context } from 'harperdb';
import type { SignRow } from './sign.ts';

/** A row as it is stored, with what Harper keeps beside it. A removed one is kept for a while without its value. */
export interface Entry {
	/** The timestamp of the latest write, in ms since 1970; a little later for each write that came late (convergence.ts). */
	version: number;
	value: object | null;
}

/** How rows are stored as bytes. */
interface Encoder {
	decode(...args: unknown[]): unknown;
	encode(row: object, ...args: unknown[]): unknown;
	/** The prototype of rows. */
	structPrototype: object;
}

/** What lmdb-js has beside its documented methods. */
interface Store {
	encoder: Encoder;
	getRange(options: { snapshot: boolean }): Iterable<Entry & { key: string }>;
	getEntry(id: string): Entry | undefined;
	put(id: string, row: object | null, options?: { version?: number }, ...rest: unknown[]): Promise<boolean>;
	/** Takes the lock, or returns false and calls back when it may be free. Harper itself relies on it. */
	tryLock(id: string, mayBeFree: () => void): boolean;
	unlock(id: string): void;
	resetReadTxn(): void;
	env: { path: string };
}

/** The store of the signs, past Harper. */
export const store = () => tables.Sign!.primaryStore as unknown as Store;

/**
 * Lets the next read of this thread see all that any thread has committed. lmdb-js keeps a thread's snapshot until
 * its next timer, which may be after another thread has acknowledged a write (read in its source, not seen).
 */
export const seeCommitted = () => store().resetReadTxn();

/** How Harper hands out a row: its fields, and the timestamp of its last write. */
export type Stored = SignRow & { getUpdatedTime(): number };

/** The stored row; undefined when there is none. Whether the caller may read it is asked elsewhere. */
export function readSign(id: string): Promise<Stored | undefined> {
	seeCommitted();
	return tables.Sign!.get(id, {} as Context) as Promise<Stored | undefined>;
}

/**
 * The timestamp of a write by one who has seen all that was written to the sign, in ms since 1970: in a later ms than that.
 *
 * Harper orders writes by it, and takes it from the clock of its thread or node: where that is behind, it would write, be
 * acknowledged, and lose to what it overwrote. The timestamp has a fraction, so that no two nodes write at the same time:
 * Harper also takes it for the state of the row, and one that finds the same again overwrites what came in between.
 */
export function stampAfter(id: string): number {
	seeCommitted();
	// not performance.timeOrigin: a clock that is set later, or a machine that slept, would not be seen
	const now = Date.now() + (performance.now() % 1);
	return Math.max(now, Math.floor(store().getEntry(id)?.version ?? 0) + 1 + (now % 1));
}

/**
 * The timestamp of a write that changes nothing: later than the last one to the sign, and in the same ms, so that whatever was
 * written on another node meanwhile is later, a removal too. Not the same on two nodes, like the one above.
 */
export function stampBeside(version: number): number {
	const next = Math.floor(version) + 1;
	return version + (next - version) * (0.1 + 0.8 * Math.random());
}
