/**
 * Reads that see all that any thread has committed.
 *
 * Symptom: lmdb-js keeps a thread's read snapshot until its next timer, which may be after another thread has acknowledged
 * a write (read in its source, not seen). Test: test/contract/order.test.ts holds that GET answers what was acknowledged.
 * Asks lmdb-js for `resetReadTxn`. Delete when a read of Harper sees every commit that came before it.
 */
import { store, type Entry, type TableName } from './internals.ts';

/** Lets the next read of this thread see all that any thread has committed. */
export const dropReadSnapshot = (table: TableName = 'Sign') => store(table).resetReadTxn();

/** The stored row, with all that any thread has committed. */
export function storedEntry(table: TableName, id: string): Entry | undefined {
	dropReadSnapshot(table);
	return store(table).getEntry(id);
}
