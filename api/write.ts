/**
 * The only writer of signs: replace, merge, merge by query, remove. Every protocol's write arrives here, as a valid change.
 *
 * A write is a patch: when two nodes of a cluster patch a sign at once, Harper keeps both, field by field. On one node the
 * writes to a sign run one after another (harper-fixes/sign-locks.ts), so that each reads the row that it changes. Merges
 * that wait for the same lock become one patch (combine.ts): the latest value of a field counts, as it would one by one.
 */
import { tables, type Context } from 'harperdb';
import { indexRow, missingFields } from '../harper-fixes/missing-fields.ts';
import { dropReadSnapshot, storedEntry } from '../harper-fixes/read-snapshots.ts';
import { currentWriter, noteWriters } from '../harper-fixes/mqtt/writers.ts';
import { withSignLocks } from '../harper-fixes/sign-locks.ts';
import { contextBeside, contextOfWrite, timestampAfter } from '../harper-fixes/timestamps.ts';
import { mayMergeByQuery, mayWrite } from '../sign/access.ts';
import { DEFAULTS, isRevision, type Change, type SignRow } from '../sign/fields.ts';
import { parseChange, parseId } from '../sign/parse.ts';
import { commitAndAnnounce } from './announce.ts';
import { combine, closeOpenBatches, type Merge } from './combine.ts';
import { commit } from './commit.ts';
import { currentUser, type User } from './current-user.ts';
import { withBody } from './request.ts';
import { requireSpace } from './space.ts';

/** Harper's own increment: when two nodes write at once, each write counts. */
const increment = (value: number) => ({ __op__: 'add', value });

/** Harper stores no change that has no field. */
const NO_INCREMENT = increment(0);

/**
 * Replaces a sign: fields that the payload lacks get their defaults. A sign that does not exist is made.
 * @param data the payload as Harper decoded it, or a promise of it
 * @throws {Refusal} 400 for a wrong payload; 401, 403 when the account may not write it; 503 when too many writes wait;
 * 507 without space
 */
export const replace = (id: string, data: unknown, user: User) =>
	writeOne(id, data, user, (change) => ({ ...DEFAULTS, ...change }));

/** Merges the given fields into a sign, which is made with defaults when it does not exist. Parameters and errors: `replace`. */
export const merge = (id: string, data: unknown, user: User) => writeOne(id, data, user, (change) => change);

async function writeOne(id: string, data: unknown, user: User, complete: (change: Change) => Change): Promise<void> {
	mayWrite(user, id); // before the payload is read: the refusal of a stranger says nothing of it
	await withBody(data, async (body) => {
		const change = complete(parseChange(body, id));
		requireSpace(); // before it waits for the lock
		const inTurn = (action: () => Promise<void>) => withLocks([id], action);
		await combine(id, change, user, inTurn, (merges) => mergeAll(id, merges));
	});
}

/**
 * Merges the same fields into several signs in one transaction: all of them change, or none.
 * @returns how many signs were changed
 * @throws {Refusal} 400 for a wrong payload, or when a row that was written past this application has no valid id; 401, 403
 * when the account may not
 */
export function mergeByQuery(ids: string[], change: Change, user: User): Promise<number> {
	closeOpenBatches(ids);
	return withLocks(ids.map(parseId), async () => {
		const writer = await currentUser(user);
		mayMergeByQuery(writer, change);
		const rows = (await Promise.all(ids.map(readSign))).filter((row) => row !== undefined);
		const context = contextOfWrite(writer, Math.max(0, ...rows.map(({ id }) => timestampAfter(id))));
		const patchAll = () => Promise.all(rows.map((row) => patch(row.id, row, [change], context)));
		await commit(() => transaction(context, patchAll));
		return rows.length;
	});
}

/**
 * Removes a sign. To remove a sign that does not exist is no error.
 * @throws {Refusal} 401 without an account; Harper's 403 when its role may not
 */
export function remove(id: string, user: User): Promise<void> {
	closeOpenBatches([id]);
	const by = currentWriter();
	return withLocks([id], async () => {
		const writer = await currentUser(user);
		const timestamp = timestampAfter(id);
		noteWriters(id, timestamp, [by]);
		await commit(() => tables.Sign!.delete(id, contextOfWrite(writer, timestamp)) as Promise<unknown>);
	});
}

/** Stores the fields that a stored row lacks, by a write that changes no field; indexes what is stored and not indexed. */
export function storeMissingFields(id: string): Promise<void> {
	return withLocks([id], async () => {
		const entry = storedEntry('Sign', id);
		if (!entry?.value) return; // removed meanwhile
		if (!missingFields(entry).length) await indexRow(id, entry.value);
		else await tables.Sign!.patch(id, { revision: NO_INCREMENT }, contextBeside(entry.version));
	});
}

const withLocks = <T>(ids: string[], action: () => Promise<T>) =>
	withSignLocks(ids, () => commitAndAnnounce('Sign', ids, action));

/** Stores the merges that waited for the lock. Each writer gets its own refusal or failure. */
async function mergeAll(id: string, merges: Merge[]): Promise<void> {
	const permitted: Merge[] = [];
	const accounts = new Map<string | undefined, Promise<User>>();
	for (const merge of merges) {
		const name = merge.user?.username;
		try {
			if (!accounts.has(name)) accounts.set(name, currentUser(merge.user));
			const user = await accounts.get(name);
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

/** If the role may not write some of the fields, each merge is tried by itself. */
async function mergeTogether(id: string, merges: Merge[]): Promise<void> {
	try {
		await commit(async () => {
			const row = await readSign(id);
			const changes = merges.map(({ change }) => change);
			const timestamp = timestampAfter(id);
			const writers = merges.map(({ writer }) => writer);
			noteWriters(id, timestamp, writers);
			await patch(id, row, changes, contextOfWrite(merges.at(-1)!.user, timestamp));
		});
		for (const { done } of merges) done();
	} catch (error) {
		const isRefused = (error as { statusCode?: number }).statusCode === 403;
		if (!isRefused || merges.length === 1) return merges.forEach(({ fail }) => fail(error));
		for (const merge of merges) await mergeTogether(id, [merge]);
	}
}

function patch(id: string, row: SignRow | undefined, changes: Change[], context: Context) {
	// the merge that makes a sign counts as a revision, whatever it has
	const revisions = changes.filter((change, i) => isRevision(change) || (i === 0 && !row?.revision)).length;
	const revision = revisions ? { revision: increment(revisions) } : {};
	return tables.Sign!.patch(id, Object.assign({}, ...changes, revision), context);
}

/** The stored row; undefined when there is none. Does not check whether the account may read it. */
function readSign(id: string): Promise<SignRow | undefined> {
	dropReadSnapshot();
	return tables.Sign!.get(id, {} as Context) as Promise<SignRow | undefined>;
}
