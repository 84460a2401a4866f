/**
 * A node that is killed asks other nodes again for what it has not stored.
 *
 * Symptom: Harper records how far it has received the writes of another node before it has stored them. Killed in between, it
 * never asks for them again. Test: test/faults/restart.test.ts. Asks Harper for the queue in which it hands the writes of other
 * nodes to a thread, and that it awaits the commit of a transaction whose end has an `onCommit`; it then records the progress
 * after the commit. Delete when Harper records what is stored.
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
