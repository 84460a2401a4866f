/** The patch that merges changes into a row, with what a write adds to them: the revision, and when it was made. */
import { tables, type Context } from 'harperdb';
import { completesNewSigns } from '../harper-fixes/late-writes.ts';
import type { storedEntry } from '../harper-fixes/read-snapshots.ts';
import { CHANGED_AT, INITIAL, isRevision, type Change, type SignRow } from '../sign/fields.ts';

export type Entry = ReturnType<typeof storedEntry>;

/** Harper's own increment: when two nodes increment at once, both count. */
const increment = (value: number) => ({ __op__: 'add', value });

/** Harper does not store a change without fields. */
export const NO_INCREMENT = increment(0);

/**
 * Merges changes into a row that was read before.
 * @param timestamp that of the context: Harper makes `updatedAt` of it
 */
export function patch(id: string, entry: Entry, changes: Change[], context: Context, timestamp: number) {
	const fields = Object.assign({}, ...changes, revisionFields(changes, entry, timestamp));
	if (entry?.value || completesNewSigns()) return tables.Sign!.patch(id, fields, context);
	return tables.Sign!.put(id, { id, ...INITIAL, ...fields, revision: fields.revision.value }, context);
}

/** What a write adds to the fields of its changes. */
export function revisionFields(changes: Change[], entry: Entry, timestamp: number): object {
	const row = entry?.value as SignRow | undefined;
	// the merge that creates a sign counts as a revision, whatever its fields
	const revisions = changes.filter((change, i) => isRevision(change) || (i === 0 && !row?.revision)).length;
	return revisions ? { revision: increment(revisions), [CHANGED_AT]: new Date(timestamp) } : {};
}
