/**
 * The only writer of signs: replace, merge, merge by query, remove. Every protocol calls these functions. A replacement
 * is a merge of all fields that writers set: those that are not given get their defaults.
 *
 * A write is a patch: when two nodes of a cluster patch a sign at once, Harper keeps both patches, field by field. On
 * one node the writes to a sign run one after another (harper-fixes/sign-locks.ts), so that each reads the row that it
 * changes. Merges of one account that wait for the same lock become one patch (combine.ts): the latest value of a field
 * counts, as if they were stored one by one. Writes of one account to several signs that come at once share a transaction
 * (commit-together.ts, store-together.ts).
 */
import { tables } from 'harperdb';
import { indexRow, missingFields } from '../harper-fixes/missing-fields.ts';
import { storedEntry } from '../harper-fixes/read-snapshots.ts';
import { currentWriter, noteWriters } from '../harper-fixes/mqtt/writers.ts';
import { withSignLocks } from '../harper-fixes/sign-locks.ts';
import { contextBeside, contextOfWrite, timestampAfter } from '../harper-fixes/timestamps.ts';
import { mayMergeByQuery, mayWrite } from '../sign/access.ts';
import { DEFAULTS, type Change } from '../sign/fields.ts';
import { parseChange, parseId } from '../sign/parse.ts';
import { commitAndAnnounce } from './announce.ts';
import { closeOpenBatches, combine, type Merge } from './combine.ts';
import { commitTogether, type Part } from './commit-together.ts';
import { commit } from './commit.ts';
import { currentUser, type User } from './current-user.ts';
import { NO_INCREMENT, patch } from './patch.ts';
import { withBody } from './request.ts';
import { requireSpace } from './space.ts';
import { storeTogether } from './store-together.ts';

/**
 * Replaces a sign: fields that the payload lacks get their defaults. Creates a sign that does not exist.
 * @param data the payload as Harper decoded it, or a promise of it
 * @throws {Refusal} 400 for a wrong payload; 401, 403 when the account may not write it; 500 when the commit failed; 503 when
 * too many writes wait; 507 without space
 */
export const replace = (id: string, data: unknown, user: User) =>
	writeOne(id, data, user, (change) => ({ ...DEFAULTS, ...change }));

/**
 * Merges the given fields into a sign. A sign that does not exist is created with defaults. Parameters and errors: see
 * `replace`.
 */
export const merge = (id: string, data: unknown, user: User) => writeOne(id, data, user, (change) => change);

async function writeOne(id: string, data: unknown, user: User, complete: (change: Change) => Change): Promise<void> {
	mayWrite(user, id); // before the payload is parsed: a stranger's refusal does not depend on it
	await withBody(data, async (body) => {
		const change = complete(parseChange(body, id));
		requireSpace(); // before the write waits for the lock
		const withLock = (action: () => Promise<void>) => withLocks([id], action);
		await combine(id, change, user, withLock, (merges) => storeBatch(id, merges));
	});
}

/**
 * Merges the same fields into several signs in one transaction: all of them change, or none does.
 * @returns how many signs were changed
 * @throws {Refusal} 400 for a row without a valid id, which was not written by this application; 401, 403
 * when the account may not; 500 when the commit failed; 507 without space
 */
export function mergeByQuery(ids: string[], change: Change, user: User): Promise<number> {
	closeOpenBatches(ids);
	return withLocks(ids.map(parseId), async () => {
		const writer = await currentUser(user);
		mayMergeByQuery(writer, change);
		const entries = ids.map((id) => ({ id, entry: storedEntry('Sign', id) })).filter(({ entry }) => entry?.value);
		const timestamp = Math.max(0, ...entries.map(({ entry }) => timestampAfter(entry)));
		const context = contextOfWrite(writer, timestamp);
		const patchAll = () => Promise.all(entries.map(({ id, entry }) => patch(id, entry, [change], context, timestamp)));
		await commit(() => transaction(context, patchAll));
		return entries.length;
	});
}

/**
 * Removes a sign. Removing a sign that does not exist is not an error.
 * @throws {Refusal} 401 without an account; Harper's 403 when its role may not
 */
export function remove(id: string, user: User): Promise<void> {
	closeOpenBatches([id]);
	const connection = currentWriter();
	return withLocks([id], async () => {
		const writer = await currentUser(user);
		const timestamp = timestampAfter(storedEntry('Sign', id));
		noteWriters(id, timestamp, [connection]);
		await commit(() => tables.Sign!.delete(id, contextOfWrite(writer, timestamp)) as Promise<unknown>);
	});
}

/**
 * Stores the fields that a row lacks, with a write that changes no other field. If the row is complete, adds it to its
 * indices.
 */
export function storeMissingFields(id: string): Promise<void> {
	return withLocks([id], async () => {
		const entry = storedEntry('Sign', id);
		if (!entry?.value) return; // removed in the meantime
		if (!missingFields(entry).length) await indexRow(id, entry.value);
		else await tables.Sign!.patch(id, { revision: NO_INCREMENT }, contextBeside(entry.version));
	});
}

const withLocks = <T>(ids: string[], action: () => Promise<T>) =>
	withSignLocks(ids, () => commitAndAnnounce('Sign', ids, action));

/** Stores a batch of merges. Each writer gets its own refusal or error. */
async function storeBatch(id: string, merges: Merge[]): Promise<void> {
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
	for (const part of partsOf(id, permitted)) await commitTogether(part, storeTogether);
}

/**
 * Groups merges by their accounts: a commit has one author in the history of the sign, and one role, which Harper checks.
 * The account that wrote last comes last. No writer has an answer yet, so none can know of an earlier write of another.
 */
function partsOf(id: string, merges: Merge[]): Iterable<Part> {
	const parts = new Map<string, Part>();
	for (const merge of merges) {
		const { username } = merge.user!;
		const part = parts.get(username) ?? { id, user: merge.user, merges: [] };
		part.merges.push(merge);
		parts.delete(username);
		parts.set(username, part);
	}
	return parts.values();
}
