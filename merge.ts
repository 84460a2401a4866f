/**
 * The one place that writes signs. Every protocol's write arrives here as a valid change (see sign.ts), whatever it
 * was called there. May touch the table `Sign`; knows nothing of protocols.
 *
 * A write is a patch: of those that reach different nodes of a cluster, Harper keeps both, property by property. On
 * one node the writes to a sign take turns (turns.ts), so that each sees the row that it changes.
 */
import { tables, type Context } from 'harperdb';
import { currentUser, mayMergeByQuery, mayWrite, type User } from './access.ts';
import { indexRow, lacking } from './completion.ts';
import { isRevision, parseId, type Change } from './sign.ts';
import { readSign, seeCommitted, stampAfter, stampBeside, store, type Stored } from './store.ts';
import { alone } from './turns.ts';

/** Harper's own increment: of writes that meet across nodes, each counts. */
const INCREMENT = { __op__: 'add', value: 1 };

/** Harper does not write a change without fields. */
const NO_INCREMENT = { ...INCREMENT, value: 0 };

/**
 * Merges a change into a sign, which is created with defaults when there is none.
 * @throws {Refusal} 401, 403 when the account may not, at the time of the write
 */
export function mergeSign(id: string, change: Change, user: User): Promise<void> {
	return alone([id], async () => {
		const writer = await currentUser(user);
		mayWrite(writer, id, change);
		const row = await readSign(id);
		await patch(id, row, change, contextOf(writer, stampAfter(id)));
	});
}

/**
 * Merges one change into several signs in one transaction: all of them change, or none.
 * @returns how many signs were changed
 * @throws {Refusal} 400, when a row that was written past this application has no valid id; 401, 403 when the account
 * may not
 */
export function mergeSigns(ids: string[], change: Change, user: User): Promise<number> {
	return alone(ids.map(parseId), async () => {
		const writer = await currentUser(user);
		mayMergeByQuery(writer, change);
		const rows = (await Promise.all(ids.map(readSign))).filter((row) => row !== undefined);
		const context = contextOf(writer, Math.max(0, ...rows.map(({ id }) => stampAfter(id))));
		await transaction(context, () => Promise.all(rows.map((row) => patch(row.id, row, change, context))));
		return rows.length;
	});
}

/**
 * Stores a sign's row with the fields that it lacks there: a write that changes no field, and is merged into the completed row.
 * What is stored and not indexed is indexed.
 */
export function completeSign(id: string): Promise<void> {
	return alone([id], async () => {
		seeCommitted();
		const entry = store().getEntry(id);
		if (!entry?.value) return; // removed meanwhile
		if (lacking(entry).length) {
			const context = { timestamp: stampBeside(entry.version) } as unknown as Context;
			await tables.Sign!.patch(id, { revision: NO_INCREMENT }, context);
		} else await indexRow(id, entry.value);
	});
}

/**
 * Removes a sign; none is no error.
 * @throws {Refusal} 401 without an account; Harper's 403 when its role may not
 */
export function removeSign(id: string, user: User): Promise<void> {
	return alone([id], async () => {
		const writer = await currentUser(user);
		await tables.Sign!.delete(id, contextOf(writer, stampAfter(id)));
	});
}

function patch(id: string, row: Stored | undefined, change: Change, context: Context) {
	const revision = isRevision(change) || !row?.revision ? { revision: INCREMENT } : {};
	return tables.Sign!.patch(id, { ...change, ...revision }, context);
}

/** Each write has a context of its own: Harper checks the role (`authorize`) only once for each. */
const contextOf = (user: User, timestamp: number) => ({ user, authorize: true, timestamp }) as unknown as Context;
