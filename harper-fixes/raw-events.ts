/**
 * Harper's events of a table without the rows that Harper rebuilds for them.
 *
 * Symptom: Harper rebuilds the row of each event from the audit log, for each subscriber. With many subscribers a
 * thread does nothing else. A subscription ends for good when rebuilding fails (a durable session after a removal).
 * Test: test/faults/durable.test.ts, test/faults/subscribers.test.ts.
 * Depends on: the option `rawEvents` of a subscription.
 * Delete when Harper's events have the stored row, or no row.
 */
import { store, table, type RawEvent, type TableName } from './internals.ts';

export type { RawEvent, RawEvents, TableName } from './internals.ts';

/** Calls `listener` for each commit of this table from now on. */
export async function followCommits(name: TableName, listener: (event: RawEvent) => void): Promise<void> {
	const events = await table(name).subscribe({ url: '/', isCollection: true, rawEvents: true, omitCurrent: true }, {});
	events.on('data', listener);
}

/**
 * Resolves when every write that had begun is committed. Harper publishes the commits from the time at which a
 * subscription starts, and omits a commit that began before that time and ended after it.
 */
export const awaitRunningCommits = (name: TableName): Promise<unknown> => store(name).transaction(() => {});

/** At most `limit` ids after `last`, in order; also ids of removed rows. */
export const idsAfter = (name: TableName, last: string | undefined, limit: number): string[] =>
	Array.from(store(name).getKeys({ start: last ?? false, exclusiveStart: true, limit, snapshot: false }));
