/**
 * Nodes of a cluster that write a sign at once end with the same row, in whatever order they receive the writes.
 *
 * Symptom: Harper gives each write a timestamp, merges field by field, and sorts a write that arrives late below those with
 * later timestamps. Three cases go wrong:
 * 1. A late write leaves its own, older timestamp on the row. The next late write is then taken for the newest, and overwrites
 *    newer fields. Cure: the row keeps the later timestamp, and a little is added to it.
 * 2. A removal that arrives late is dropped by the node that has later writes, and by no other. Cure: it becomes a row of
 *    defaults below them.
 * 3. A merge into a sign that the node does not have makes a row of the given fields alone. Cure: the merge has a row of
 *    defaults below it. They are no part of the write: of two nodes that make a sign at once, each keeps the given fields.
 *
 * Test: test/faults/cut.test.ts, test/faults/cluster.test.ts. Wraps how Harper adds a write of the table `Sign` to its
 * transaction (`_writeUpdate`, `_writeDelete`) and how it stores a row (`put`). Delete when Harper merges late writes itself.
 */
import { INITIAL } from '../sign/fields.ts';
import { store, table, type Entry, type Row, type Write } from './internals.ts';
import { DEFAULT_FIELDS, indexDefaults, missingFields, unindexDefaults, withStoredFields } from './missing-fields.ts';

/** In ms. Changes a timestamp in double precision, until the year 2109. */
const SMALLEST_STEP = 2 ** -11;

/**
 * The commit that runs now. Harper's `commit` calls the store's `put` within it, and is synchronous: no other commit of this
 * thread can come between. `commitKeepingLatest` holds that.
 */
const running = { minTimestamp: 0, isStored: false };

/** Call it once for each thread. */
export function mergeLateWrites(): void {
	const rows = table('Sign').prototype;
	const { _writeUpdate: update, _writeDelete: remove } = rows;
	if (!update || !remove)
		throw new Error('harper-fixes/late-writes.ts wraps Harper 4.7, and does not know how this Harper writes');
	wrapUpdates(rows, update);
	wrapRemovals(rows, update, remove);
	keepTimestamps();
}

function wrapUpdates(rows: Row, update: Row['_writeUpdate']): void {
	rows._writeUpdate = function (id, fields, isFull, options) {
		const write = addedTo(this, () => update.call(this, id, fields, isFull, options));
		if (!write) return;
		const { commit } = write;
		write.commit = (timestamp, entry, retries) => {
			const isNew = !isFull && !entry?.value;
			// case 3: Harper merges the fields into the row of this entry
			const base = isNew ? entryOfDefaults(id, entry) : withStoredFields(entry);
			const defaults = isNew ? DEFAULT_FIELDS : missingFields(entry);
			// Harper indexes only what differs from `base`
			indexDefaults(id, defaults);
			const isStored = commitKeepingLatest(entry, timestamp, () => commit(timestamp, base, retries));
			if (isNew && !isStored) unindexDefaults(id, defaults);
		};
	};
}

/** Case 2. Harper makes two writes, the removal and a row of defaults; the transaction keeps one, which chooses when it commits. */
function wrapRemovals(rows: Row, update: Row['_writeUpdate'], remove: Row['_writeDelete']): void {
	rows._writeDelete = function (id, options) {
		const removal = addedTo(this, () => remove.call(this, id, options));
		if (!removal) return;
		const defaults = rowOfDefaults(id);
		const replacement = addedTo(this, () => update.call(this, id, defaults, true, options))!;
		this.getContext().transaction!.writes.pop(); // the replacement: `removal` commits it if it must
		const { commit } = removal;
		removal.commit = (timestamp, entry, retries) => {
			indexDefaults(id, missingFields(entry));
			const isRemoved = commitKeepingLatest(entry, timestamp, () => commit(timestamp, entry, retries));
			if (isRemoved || !entry?.value) return;
			Object.assign(defaults, { updatedAt: new Date(timestamp) });
			commitKeepingLatest(entry, timestamp, () => replacement.commit(timestamp, entry, retries));
		};
	};
}

/** Case 1. */
function keepTimestamps(): void {
	const signs = store('Sign');
	const { put } = signs;
	signs.put = function (id, row, options, ...rest) {
		if (!options?.version) return put.call(this, id, row, options, ...rest); // no row, but how rows are encoded
		running.isStored = true;
		const version = Math.max(running.minTimestamp, options.version);
		return put.call(this, id, row, { ...options, version }, ...rest);
	};
}

/** The write that `add` adds to the row's transaction; undefined when Harper commits it at once. */
function addedTo(row: Row, add: () => void): Write | undefined {
	const writes = row.getContext().transaction?.writes ?? [];
	const count = writes.length;
	add();
	return writes[count];
}

/**
 * Commits a write. If it is late, the row gets a timestamp a little later than it had: Harper takes a row's timestamp for its
 * state, and a write that read the row before and finds the same timestamp afterwards would overwrite this one.
 * @returns whether the row was stored. Harper drops what it has already, and what later writes have overwritten
 */
function commitKeepingLatest(entry: Entry | undefined, timestamp: number, commit: () => unknown): boolean {
	running.isStored = false;
	running.minTimestamp = entry && entry.version >= timestamp ? entry.version + SMALLEST_STEP : 0;
	try {
		const result = commit();
		if (result instanceof Promise) throw new Error('harper-fixes/late-writes.ts needs commits that are synchronous');
	} finally {
		running.minTimestamp = 0;
	}
	return running.isStored;
}

const rowOfDefaults = (id: string) => ({ id, ...INITIAL, revision: 0 });

const entryOfDefaults = (id: string, entry: Entry | undefined): Entry => ({
	version: 0,
	localTime: 0,
	...entry,
	value: rowOfDefaults(id),
});
