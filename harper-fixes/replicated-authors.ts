/**
 * The audit log of every node has who made a write, also a write of another node.
 *
 * Symptom: a node sends the name of the account with each write. The other node takes it for an account, whose
 * `username` it stores: it stores none.
 * Test: test/faults/history.test.ts.
 * Check: none, because it needs two nodes that replicate, which the check does not start.
 * Depends on: the queue that passes the writes of other nodes to a thread; each of them is the context of its write.
 * Delete when Harper stores the name that it receives.
 */
import { onReplicatedWrite } from './internals.ts';

/** Call it once for each thread that has the tables. */
export function storeReplicatedAuthors(): void {
	onReplicatedWrite((write) => {
		if (typeof write.user === 'string') write.user = { username: write.user };
	});
}
