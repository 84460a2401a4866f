/**
 * Lets a read see every commit of every thread.
 *
 * Symptom: lmdb-js keeps a thread's read snapshot until its next timer, which may be after another thread has
 * acknowledged a write (found in its source, not observed).
 * Test: test/contract/order.test.ts checks that GET returns what was acknowledged.
 * Check: none, because the stale read was found in the source of lmdb-js, and never seen.
 * Depends on: `resetReadTxn` of lmdb-js.
 * Delete when a read of Harper sees every commit that came before it.
 */
import { store, type Entry, type TableName } from './internals.ts';

/** Lets the next read of this thread see every commit so far, of any thread. */
export const dropReadSnapshot = (table: TableName = 'Sign') => store(table).resetReadTxn?.();

/** The stored row, as of the latest commit of any thread. */
export function storedEntry(table: TableName, id: string): Entry | undefined {
	dropReadSnapshot(table);
	return store(table).getEntry(id);
}
