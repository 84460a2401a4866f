/**
 * A node that is killed requests from other nodes again what it has not stored.
 *
 * Symptom: Harper records how far it has received the writes of another node before it has stored them. A node that is
 * killed in between never requests them again.
 * Test: test/faults/restart.test.ts.
 * Depends on: the queue that passes the writes of other nodes to a thread; for a transaction whose end has an
 * `onCommit`, Harper awaits the commit and then records the progress.
 * Delete when Harper records the progress after the commit.
 */
import { replicatedTables } from './internals.ts';

/** Call it once for each thread that has the tables. */
export function recordProgressAfterCommit(): void {
	for (const { sources } of replicatedTables()) {
		const queue = sources.find(({ isReplicator }) => isReplicator)?.subscription;
		if (!queue) continue; // this Harper receives from no node
		const send = queue.send.bind(queue);
		queue.send = (write) => {
			if (write.type === 'end_txn') write.onCommit ??= () => {};
			send(write);
		};
	}
}
