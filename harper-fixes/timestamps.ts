/**
 * The timestamp of a write, and the context that carries it to Harper.
 *
 * Symptom: Harper orders the writes of a row by their timestamps, and takes each from the clock of its thread or node. A
 * writer whose clock is behind writes, gets its acknowledgement, and loses to what it overwrote. Two writes with the same
 * timestamp are taken for one. Test: test/faults/cut.test.ts (a node whose clock is behind), test/contract/order.test.ts.
 * Asks Harper for a `timestamp` in the context. Delete when Harper gives each write a later timestamp than the row has.
 */
import { writeContext, type User } from './internals.ts';
import { storedEntry } from './read-snapshots.ts';

/**
 * A timestamp that is later than all that was written to the sign, in ms since 1970: at least in the next ms.
 *
 * It has a fraction, so that no two nodes write at the same time: Harper also takes it for the state of the row, and one
 * that finds the same again overwrites what came in between.
 */
export function timestampAfter(id: string): number {
	// not performance.timeOrigin: it does not follow a clock that is set later, nor a machine that slept
	const now = Date.now() + (performance.now() % 1);
	return Math.max(now, Math.floor(storedEntry('Sign', id)?.version ?? 0) + 1 + (now % 1));
}

/**
 * The timestamp of a write that changes nothing: later than the last write to the sign, and in the same ms. Whatever was
 * written on another node meanwhile is later, also a removal. It differs between two nodes, like the one above.
 */
function timestampBeside(version: number): number {
	const next = Math.floor(version) + 1;
	return version + (next - version) * (0.1 + 0.8 * Math.random());
}

/** The context of a write by this account. Each write needs its own: Harper checks the role only once for each. */
export const contextOfWrite = (user: User, timestamp: number) => writeContext({ user, authorize: true, timestamp });

/** The context of a write by the server, which changes nothing that a writer has sent. */
export const contextBeside = (version: number) => writeContext({ timestamp: timestampBeside(version) });
