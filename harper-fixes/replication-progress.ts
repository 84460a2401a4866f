/**
 * A node that is killed requests from other nodes again what it has not stored.
 *
 * Symptom: Harper records how far it has received the writes of another node before it has stored them. A node that is
 * killed in between never requests them again.
 * Test: test/faults/restart.test.ts.
 * Check: none, because only one of about six kills falls between the record and the commit, under a load of minutes.
 * Depends on: the queue that passes the writes of other nodes to a thread; for a transaction whose end has an
 * `onCommit`, Harper awaits the commit and then records the progress.
 * Delete when Harper records the progress after the commit.
 */
import { onReplicatedWrite } from './internals.ts';

/** Call it once for each thread that has the tables. */
export function recordProgressAfterCommit(): void {
	onReplicatedWrite((write) => {
		if (write.type === 'end_txn') write.onCommit ??= () => {};
	});
}
