/**
 * Harper's events of a table as they are, without the rows that Harper rebuilds for them.
 *
 * Symptom: Harper rebuilds the row of each event from the audit log, for each subscriber; with many of them a thread does
 * nothing else, and a subscription ends for good when that fails (a durable session after a removal).
 * Test: test/faults/durable.test.ts, test/faults/subscribers.test.ts. Asks Harper for `rawEvents` in a subscription.
 * Delete when Harper's events carry the stored row, or none.
 */
import { store, table, type RawEvent, type TableName } from './internals.ts';

export type { RawEvent, RawEvents, TableName } from './internals.ts';

/** Calls `listener` at each commit of this table from now on. */
export async function followCommits(name: TableName, listener: (event: RawEvent) => void): Promise<void> {
	const events = await table(name).subscribe({ url: '/', isCollection: true, rawEvents: true, omitCurrent: true }, {});
	events.on('data', listener);
}

/**
 * Resolves when each write that had begun is committed. Harper follows commits from the time of its clock, and leaves out
 * a commit that began before that time and ended after it.
 */
export const awaitRunningCommits = (name: TableName): Promise<unknown> => store(name).transaction(() => {});

/** At most `limit` ids in their order, those after `last`; also those of rows that were removed. */
export const idsAfter = (name: TableName, last: string | undefined, limit: number): string[] =>
	Array.from(store(name).getKeys({ start: last ?? false, exclusiveStart: true, limit, snapshot: false }));
