/**
 * The timestamp of a write, and the context that passes it to Harper.
 *
 * Symptom: Harper orders the writes of a row by their timestamps, which come from the clock of the thread or node. A
 * write from a clock that is behind is acknowledged, and then loses to the older write that it should replace. Two
 * writes with the same timestamp are treated as one.
 * Test: test/faults/cut.test.ts (a node whose clock is behind), test/contract/order.test.ts.
 * Depends on: the `timestamp` of a context and of its transaction.
 * Delete when Harper gives each write a later timestamp than the row has.
 */
import type { Context } from 'harperdb';
import { transactionOf, writeContext, type Entry, type TableName, type User } from './internals.ts';
import { storedEntry } from './read-snapshots.ts';

/**
 * A timestamp that is later than every write so far to the row of this entry, by at least the next whole ms. In ms since 1970.
 *
 * It has a fraction, so that no two nodes use the same timestamp: Harper compares timestamps to see whether a row has
 * changed, and would overwrite a change that it does not see.
 */
export function timestampAfter(entry: Entry | undefined): number {
	// not performance.timeOrigin: it is wrong after the clock was set, and after the machine was suspended
	const now = Date.now() + (performance.now() % 1);
	return Math.max(now, Math.floor(entry?.version ?? 0) + 1 + (now % 1));
}

/**
 * The timestamp of a write that changes nothing: later than the last write to the sign, and in the same ms. Any write
 * of another node in the meantime is later, also a removal. No two nodes use the same timestamp, as above.
 */
function timestampBeside(version: number): number {
	const next = Math.floor(version) + 1;
	return version + (next - version) * (0.1 + 0.8 * Math.random());
}

/** The context of one transaction by this account. Harper checks the role for the first write with it. */
export const contextOfWrite = (user: User, timestamp: number) => writeContext({ user, authorize: true, timestamp });

/**
 * Gives a transaction a timestamp that is later than every write so far to the rows that it changes. Call it when all writes are
 * added, before the transaction ends.
 * @param entries the rows as Harper has read them for these writes: they are not read again
 * @returns the timestamp, in ms since 1970
 * @throws when this Harper has no timestamp there: nothing is stored
 */
export function stamp(context: Context, entries: Iterable<Entry | undefined>): number {
	const transaction = transactionOf(context);
	for (const entry of entries) transaction.timestamp = Math.max(transaction.timestamp, timestampAfter(entry));
	if (!(transaction.timestamp > 0))
		throw new Error(
			'harper-fixes/timestamps.ts needs the timestamp of a transaction, and this Harper does not have it'
		);
	return transaction.timestamp;
}

/** The context of a write by the server, later than every write so far to the row of this entry. */
export const contextAfterEntry = (entry: Entry | undefined) => writeContext({ timestamp: timestampAfter(entry) });

/** As `contextAfterEntry`, for a row of this application. */
export const contextAfter = (id: string, table: TableName) => contextAfterEntry(storedEntry(table, id));

/** The context of a write by the server that changes no field. */
export const contextBeside = (version: number) => writeContext({ timestamp: timestampBeside(version) });
