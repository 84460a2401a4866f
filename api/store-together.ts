/**
 * Stores merges of one account into several signs in one transaction, and apart those that cannot share it. The locks of the signs
 * are held.
 */
import type { Context } from 'harperdb';
import { completesNewSigns } from '../harper-fixes/late-writes.ts';
import { dropReadSnapshot, storedEntry } from '../harper-fixes/read-snapshots.ts';
import { noteWriters } from '../harper-fixes/mqtt/writers.ts';
import { addPatch, entriesOf, mustBeAlone } from '../harper-fixes/shared-transactions.ts';
import { contextOfWrite, stamp, timestampAfter } from '../harper-fixes/timestamps.ts';
import { mayWrite } from '../sign/access.ts';
import type { Change } from '../sign/fields.ts';
import { Refusal } from '../sign/refusal.ts';
import type { Merge } from './combine.ts';
import type { Part, Store } from './commit-together.ts';
import { commit } from './commit.ts';
import { currentUser } from './current-user.ts';
import { patch, revisionFields, type Entry } from './patch.ts';

/** Stores parts of one account: in one transaction, where this Harper reads the rows of a transaction. */
export const storeTogether: Store = (parts, answered) =>
	completesNewSigns() ? storeParts(parts, answered) : storeEach(parts, answered);

const storeEach: Store = async (parts, answered) => {
	await Promise.all(parts.map((part) => storeParts([part], answered)));
};

/** Stores parts in one transaction. If that cannot be, stores some of them apart: each writer gets its own answer. */
async function storeParts(parts: Part[], answered: (part: Part) => void): Promise<void> {
	let isAdded = false;
	try {
		await commit(() => inTransaction(parts, () => (isAdded = true)));
		for (const { merges } of parts) for (const { done } of merges) done();
	} catch (error) {
		// Of several parts nothing is stored before all are added, nor if Harper refuses. Of one part only a refusal can be that
		// of a single merge.
		const isRefused = isRefusedByHarper(error);
		const canBeApart = parts.length > 1 ? !isAdded || isRefused : parts[0]!.merges.length > 1 && isRefused;
		if (canBeApart) return storeApart(parts, error, answered);
		for (const { merges } of parts) for (const { fail } of merges) fail(error);
	}
	parts.forEach(answered);
}

/** Harper refuses before it stores. */
const isRefusedByHarper = (error: unknown) => ((error as { statusCode?: number }).statusCode ?? 500) < 500;

/**
 * Stores at once the parts that the error names as those that can share a transaction, or else each part by itself. Of one part,
 * stores each merge, one after the other.
 */
async function storeApart(parts: Part[], error: unknown, answered: (part: Part) => void): Promise<void> {
	if (error instanceof NotTogether) await Promise.all(error.sharable.map((some) => storeParts(some, answered)));
	else if (parts.length > 1) await storeEach(parts, answered);
	else {
		const [part] = parts as [Part];
		for (const merge of part.merges) await storeAlone(part, merge);
		answered(part);
	}
}

/** Stores one merge of many, for which some time may have passed: its account may have lost its rights. */
async function storeAlone({ id }: Part, merge: Merge): Promise<void> {
	try {
		const user = await currentUser(merge.user);
		mayWrite(user, id, merge.change);
		await storeParts([{ id, user, merges: [merge] }], () => {});
	} catch (error) {
		merge.fail(error);
	}
}

/**
 * Parts cannot share one transaction; nothing is stored yet. It is a refusal so that `commit` passes it on and logs nothing: no
 * client gets it.
 */
class NotTogether extends Refusal {
	/** All parts, by the transactions that they can share. */
	readonly sharable: Part[][];
	constructor(sharable: Part[][]) {
		super('these signs are stored apart', 503);
		this.sharable = sharable;
	}
}

/** @param added called when all parts are added to the transaction, before it is committed */
function inTransaction(parts: Part[], added: () => void): Promise<void> {
	const [{ id, user, merges }] = parts as [Part];
	if (completesNewSigns()) {
		dropReadSnapshot();
		const context = contextOfWrite(user, timestampAfter(undefined));
		return transaction(context, () => addParts(parts, context).then(added));
	}
	const entry = storedEntry('Sign', id);
	const timestamp = timestampAfter(entry);
	noteWritersOf(id, merges, timestamp);
	return patch(id, entry, changesOf(merges), contextOfWrite(user, timestamp), timestamp) as Promise<void>;
}

/**
 * Adds a patch of each part to the transaction. Harper reads the rows for them: nobody reads a row twice.
 * @throws {NotTogether}
 */
async function addParts(parts: Part[], context: Context): Promise<void> {
	const patches: { part: Part; changes: Change[]; fields: object }[] = [];
	for (const part of parts) {
		const changes = changesOf(part.merges);
		patches.push({ part, changes, fields: await addPatch(part.id, changes, context) });
	}
	const entries = entriesOf(context);
	requireSharable(parts, entries, context);
	const timestamp = stamp(context, entries.values());
	for (const { part, changes, fields } of patches) {
		Object.assign(fields, revisionFields(changes, entries.get(part.id), timestamp));
		noteWritersOf(part.id, part.merges, timestamp);
	}
}

/** @throws {NotTogether} */
function requireSharable(parts: Part[], entries: Map<string, Entry>, context: Context): void {
	if (parts.length === 1) return;
	const alone = parts.filter(({ id }) => mustBeAlone(entries.get(id), context));
	if (!alone.length) return;
	const others = parts.filter((part) => !alone.includes(part));
	throw new NotTogether([...(others.length ? [others] : []), ...alone.map((part) => [part])]);
}

const changesOf = (merges: Merge[]) => merges.map(({ change }) => change);

function noteWritersOf(id: string, merges: Merge[], timestamp: number): void {
	const writers = merges.map(({ writer }) => writer);
	noteWriters(id, timestamp, writers);
}
