/**
 * What the event streams use of a table and its store (lmdb-js) for which Harper has no documented method. To be looked at
 * first when Harper's tables change.
 */
import { tables, type Context } from 'harperdb';

/** A row as it is stored, with what Harper keeps beside it. A removed one is kept for a while without its value. */
export interface StoredEntry {
	/** The timestamp of the latest write, in ms since 1970. */
	version: number;
	/** When it was committed here, in ms since 1970: its key in the audit log. Below that, a mark of Harper's own. */
	localTime: number;
	value: object | null;
}

/** An event as Harper gives it to a subscriber with `rawEvents`. */
export interface RawEvent {
	id: string;
	type: string;
	localTime: number;
	version: number;
}

/** Harper's queue of a subscription. */
export interface RawEvents extends AsyncIterable<RawEvent> {
	on(event: 'data', listener: (event: RawEvent) => void): void;
	end(): void;
}

interface Store {
	getEntry(id: string): StoredEntry | undefined;
	getKeys(range: { start: string | false; exclusiveStart: boolean; limit: number; snapshot: false }): Iterable<string>;
	resetReadTxn(): void;
	transaction(action: () => void): Promise<unknown>;
}

export type TableName = 'Sign' | 'Rejection';

const store = (table: TableName) => tables[table]!.primaryStore as unknown as Store;

/**
 * The stored row, with all that any thread has committed: lmdb-js keeps a thread's snapshot until its next timer, which may
 * be after another thread has acknowledged a write (read in its source, not seen).
 */
export function storedEntry(table: TableName, id: string): StoredEntry | undefined {
	store(table).resetReadTxn();
	return store(table).getEntry(id);
}

/** Some ids in their order, those after `last`; of rows that were removed too. */
export const idsAfter = (table: TableName, last: string | undefined, limit: number): string[] =>
	Array.from(store(table).getKeys({ start: last ?? false, exclusiveStart: true, limit, snapshot: false }));

/**
 * Calls `listener` at each commit of this table from now on. `rawEvents`: Harper else rebuilds the row of each event from
 * the audit log, for each subscriber, and ends a subscription for good when that fails.
 */
export async function followCommits(table: TableName, listener: (event: RawEvent) => void): Promise<void> {
	const request = { url: '/', isCollection: true, rawEvents: true, omitCurrent: true };
	const events = (await tables[table]!.subscribe(request as never, {} as Context)) as unknown as RawEvents;
	events.on('data', listener);
}

/**
 * Resolves when each write that had begun is committed. Harper begins to follow commits at the time of its clock, and
 * leaves out one that has begun before it and ends after it.
 */
export const settleCommits = (table: TableName): Promise<unknown> => store(table).transaction(() => {});
