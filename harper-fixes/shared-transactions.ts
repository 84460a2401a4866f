/**
 * Which writes of one account may share a transaction. A merge by query does not ask: all its signs must change together.
 *
 * Symptom: a commit tells lmdb-js, for each row, the state in which Harper has read it. If one row has changed since, and the
 * last row did not exist, lmdb-js reports success and stores nothing: every write of the transaction is acknowledged and lost. A
 * transaction has one timestamp: a row from a clock that is ahead passes its time on to all the others.
 * Test: test/faults/creations.test.ts, test/faults/clock.test.ts.
 * Depends on: the `entry` of each write of a transaction. Harper keeps the object that `patch` gets, and reads it when it commits.
 * Delete when lmdb-js combines the condition that a row does not exist with those before it, and Harper has a timestamp for each row.
 */
import { tables, type Context } from 'harperdb';
import { transactionOf, type Entry } from './internals.ts';

/** How far the time of a row may be ahead of a transaction that it shares with others. */
const MAX_LEAD_MS = 1_000;

/**
 * Adds a merge into a row to the transaction that runs with this context. Harper checks the role for it.
 * @param changes the later ones count
 * @returns the fields: what is added to them before the transaction ends is stored too
 */
export async function addPatch(id: string, changes: object[], context: Context): Promise<object> {
	const fields: Record<string, unknown> = Object.assign({}, ...changes);
	const count = Object.keys(fields).length;
	// Harper checks the role for the first write of a context only
	Object.assign(context, { authorize: true });
	await tables.Sign!.patch(id, fields, context);
	// Harper adds the fields that the role may not change, with their values
	for (const name of Object.keys(fields).slice(count)) delete fields[name];
	return fields;
}

/**
 * By id: the rows that a transaction changes, as Harper has read them for it.
 * @throws when this Harper has read none: nothing is stored
 */
export function entriesOf(context: Context): Map<string, Entry | undefined> {
	const { writes } = transactionOf(context);
	if (writes.some((write) => !('entry' in write)))
		throw new Error(
			'harper-fixes/shared-transactions.ts needs the row that Harper has read for each write, and this Harper does not have it'
		);
	return new Map(writes.map(({ key, entry }) => [key, entry]));
}

/** Whether the transaction must change this row alone. */
export const mustBeAlone = (entry: Entry | undefined, context: Context) =>
	!entry || entry.version > transactionOf(context).timestamp + MAX_LEAD_MS;
