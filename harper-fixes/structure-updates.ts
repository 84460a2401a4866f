/**
 * Every write carries the structure by which its row is encoded.
 *
 * Symptom: rows of the same fields are encoded by a shared structure, which another node must know before it can read them.
 * Harper looks for new structures when a write is marked as the first of its structure. The mark is lost when a commit is
 * repeated, and a thread that begins to send later does not see it. The other node then drops the write, for good
 * (`Reference to shared structure`). Test: none; it was seen once in 15 runs of test/faults/cut.test.ts, and not since.
 * Asks Harper's encoder for `hasStructureUpdate`. Delete when a node asks for a structure that it does not know.
 */
import { store } from './internals.ts';

/** Call it once for each thread that has the tables. */
export function sendStructureWithEachWrite(): void {
	for (const name of ['Sign', 'Rejection'] as const)
		Object.defineProperty(store(name).encoder, 'hasStructureUpdate', { get: () => true, set: () => {} });
}
