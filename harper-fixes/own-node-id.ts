/**
 * The id of this node in an audit log is read once for each thread and log, and not for each write.
 *
 * Symptom: Harper asks for it twice for each write, and each time reads and decodes the record with the ids of all nodes.
 * Test: test/faults/harper-check.test.ts.
 * Depends on: `getThisNodeId` of `server.replication`. The id may be remembered: in its own record this node always has the id 0.
 * Delete when Harper remembers the id.
 */
import { harperServer } from './internals.ts';

/** Call it once for each thread. */
export function rememberOwnNodeId(): void {
	const replication = harperServer.replication!;
	const { getThisNodeId } = replication;
	const known = new WeakMap<object, number>();
	replication.getThisNodeId = (auditStore) => {
		const id = known.get(auditStore) ?? getThisNodeId.call(replication, auditStore);
		if (id !== undefined) known.set(auditStore, id);
		return id;
	};
}
