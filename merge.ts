/**
 * The one place that writes signs. Every protocol's write arrives here as a valid change (see sign.ts), whatever it
 * was called there. May touch the table `Sign`; knows nothing of protocols.
 *
 * A write is a patch: of those that reach different nodes of a cluster, Harper keeps both, property by property. On
 * one node the writes to a sign take turns (turns.ts), so that each sees the row that it changes. The merges that wait for the
 * same turn become one patch (combine.ts): of the same field the latest one counts, as it would one after another.
 */
import { tables, type Context } from 'harperdb';
import { currentUser, mayMergeByQuery, mayWrite, type User } from './access.ts';
import { combine, separate, type Merge } from './combine.ts';
import { commit } from './commit.ts';
import { indexRow, lacking } from './completion.ts';
import { isRevision, parseId, type Change } from './sign.ts';
import { needSpace } from './space.ts';
import { readSign, seeCommitted, stampAfter, stampBeside, store, type Stored } from './store.ts';
import { alone } from './turns.ts';
import { currentWriter, noteWriters } from './writers.ts';

/** Harper's own increment: of writes that meet across nodes, each counts. */
const increment = (value: number) => ({ __op__: 'add', value });

/** Harper does not write a change without fields. */
const NO_INCREMENT = increment(0);

/**
 * Merges a change into a sign, which is created with defaults when there is none.
 * @throws {Refusal} 401, 403 when the account may not, at the time of the write; 503 when too many writes wait; 507 without space
 */
export async function mergeSign(id: string, change: Change, user: User): Promise<void> {
	needSpace(); // before it waits for its turn
	await combine(
		id,
		change,
		user,
		(action) => alone([id], action),
		(merges) => mergeAll(id, merges)
	);
}

/**
 * Merges one change into several signs in one transaction: all of them change, or none.
 * @returns how many signs were changed
 * @throws {Refusal} 400, when a row that was written past this application has no valid id; 401, 403 when the account
 * may not
 */
export function mergeSigns(ids: string[], change: Change, user: User): Promise<number> {
	separate(ids);
	return alone(ids.map(parseId), async () => {
		const writer = await currentUser(user);
		mayMergeByQuery(writer, change);
		const rows = (await Promise.all(ids.map(readSign))).filter((row) => row !== undefined);
		const context = contextOf(writer, Math.max(0, ...rows.map(({ id }) => stampAfter(id))));
		const patchAll = () => Promise.all(rows.map((row) => patch(row.id, row, [change], context)));
		await commit(() => transaction(context, patchAll));
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
	separate([id]);
	const by = currentWriter();
	return alone([id], async () => {
		const writer = await currentUser(user);
		const stamp = stampAfter(id);
		noteWriters(id, stamp, [by]);
		await commit(() => tables.Sign!.delete(id, contextOf(writer, stamp)) as Promise<unknown>);
	});
}

/** Merges what has waited for the turn; a refusal or failure is told to its own writer. */
async function mergeAll(id: string, merges: Merge[]): Promise<void> {
	const permitted: Merge[] = [];
	const writers = new Map<string | undefined, Promise<User>>();
	for (const merge of merges) {
		const name = merge.user?.username;
		try {
			if (!writers.has(name)) writers.set(name, currentUser(merge.user));
			const user = await writers.get(name);
			mayWrite(user, id, merge.change);
			permitted.push({ ...merge, user });
		} catch (error) {
			merge.fail(error);
		}
	}
	while (permitted.length) await mergeTogether(id, takeSameRole(permitted));
}

/** Takes the merges up to the first one of another role: Harper checks the role of one account for each patch. */
function takeSameRole(merges: Merge[]): Merge[] {
	const { role } = merges[0]!.user!;
	const other = merges.findIndex(({ user }) => user!.role?.role !== role?.role);
	return merges.splice(0, other < 0 ? merges.length : other);
}

/** If the role may not write some of the fields, each of the merges is tried by itself. */
async function mergeTogether(id: string, merges: Merge[]): Promise<void> {
	try {
		await commit(async () => {
			const row = await readSign(id);
			const changes = merges.map(({ change }) => change);
			const stamp = stampAfter(id);
			const writers = merges.map(({ writer }) => writer);
			noteWriters(id, stamp, writers);
			await patch(id, row, changes, contextOf(merges.at(-1)!.user, stamp));
		});
		for (const { done } of merges) done();
	} catch (error) {
		const isRefused = (error as { statusCode?: number }).statusCode === 403;
		if (!isRefused || merges.length === 1) return merges.forEach(({ fail }) => fail(error));
		for (const merge of merges) await mergeTogether(id, [merge]);
	}
}

function patch(id: string, row: Stored | undefined, changes: Change[], context: Context) {
	// the merge that makes a sign counts, whatever it holds
	const revisions = changes.filter((change, i) => isRevision(change) || (i === 0 && !row?.revision)).length;
	const revision = revisions ? { revision: increment(revisions) } : {};
	return tables.Sign!.patch(id, Object.assign({}, ...changes, revision), context);
}

/** Each write has a context of its own: Harper checks the role (`authorize`) only once for each. */
const contextOf = (user: User, timestamp: number) => ({ user, authorize: true, timestamp }) as unknown as Context;
