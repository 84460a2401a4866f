/**
 * Nodes of a cluster that write a sign at the same time end with the same row, in whatever order they receive the
 * writes.
 *
 * Symptom: Harper gives each write a timestamp, merges field by field, and applies a write that arrives late below the
 * writes with later timestamps. Three cases go wrong:
 * 1. A late write sets the row's timestamp to its own, which is older. The next late write is then taken for the
 *    newest, and overwrites newer fields. Cure: the row keeps the later timestamp, and a little is added to it.
 * 2. A removal that arrives late is dropped by a node that has later writes, and applied by all others. Cure: on that
 *    node it becomes a row of defaults below the later writes.
 * 3. A merge into a sign that the node does not have creates a row with the given fields only. Cure: the merge is
 *    applied to a row of defaults. The defaults are no part of the write: when two nodes create a sign at the same
 *    time, both keep all given fields.
 *
 * Test: test/faults/cut.test.ts, test/faults/cluster.test.ts.
 * Depends on: `_writeUpdate` and `_writeDelete`, with which Harper adds a write of the table `Sign` to its transaction;
 * `put`, with which it stores a row.
 * Delete when Harper merges late writes like this.
 */
import { CHANGED_AT, INITIAL } from '../sign/fields.ts';
import { store, table, type Entry, type Row, type Write } from './internals.ts';
import { DEFAULT_FIELDS, indexDefaults, missingFields, unindexDefaults, withStoredFields } from './missing-fields.ts';

/** The smallest step that changes a timestamp in double precision, until the year 2109. */
const MIN_STEP_MS = 2 ** -11;

/**
 * The state of the running commit. Harper's `commit` calls the store's `put`. Because `commit` is synchronous, no other
 * commit of this thread can run in between. `commitKeepingLatest` checks that it is synchronous.
 */
const running = { minTimestamp: 0, isStored: false };

/** The parameters of Harper's `commit`: it can be asked only when there is a write. */
const COMMIT_PARAMETERS = 3;

let isApplied = false;

/** Whether a merge into a sign that does not exist gets the defaults of all fields here. */
export const completesNewSigns = () => isApplied;

/** Call it once for each thread. */
export function mergeLateWrites(): void {
	isApplied = true;
	const rows = table('Sign').prototype;
	const { _writeUpdate: update, _writeDelete: remove } = rows;
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

/**
 * Case 2. Harper creates two writes: the removal, and a row of defaults. The transaction keeps the removal, which
 * commits one of both.
 */
function wrapRemovals(rows: Row, update: Row['_writeUpdate'], remove: Row['_writeDelete']): void {
	rows._writeDelete = function (id, options) {
		const removal = addedTo(this, () => remove.call(this, id, options));
		if (!removal) return;
		const defaults = rowOfDefaults(id);
		const replacement = addedTo(this, () => update.call(this, id, defaults, true, options))!;
		this.getContext().transaction!.writes.pop(); // the replacement: `removal` commits it if necessary
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
		// without a version it is not a row, but the structures with which rows are encoded
		if (!options?.version) return put.call(this, id, row, options, ...rest);
		running.isStored = true;
		const version = Math.max(running.minTimestamp, options.version);
		return put.call(this, id, row, { ...options, version }, ...rest);
	};
}

/** @returns the write that `add` adds to the row's transaction; undefined when Harper commits it at once */
function addedTo(row: Row, add: () => void): Write | undefined {
	const writes = row.getContext().transaction?.writes ?? [];
	const count = writes.length;
	add();
	const write = writes[count];
	if (write && write.commit.length !== COMMIT_PARAMETERS) {
		writes.pop();
		throw new Error(
			`harper-fixes/late-writes.ts needs a commit with ${COMMIT_PARAMETERS} parameters, and this Harper has ${write.commit.length}: nothing is stored`
		);
	}
	return write;
}

/**
 * Commits a write. If the write is late, the row gets a timestamp a little later than its own. It must differ: another
 * write that has read the row compares timestamps to see whether the row has changed, and would otherwise overwrite
 * this write.
 * @returns whether the row was stored. Harper drops a write that it has already, or that later writes have overwritten
 */
function commitKeepingLatest(entry: Entry | undefined, timestamp: number, commit: () => unknown): boolean {
	running.isStored = false;
	running.minTimestamp = entry && entry.version >= timestamp ? entry.version + MIN_STEP_MS : 0;
	try {
		const result = commit();
		if (result instanceof Promise) throw new Error('harper-fixes/late-writes.ts needs commits that are synchronous');
	} finally {
		running.minTimestamp = 0;
	}
	return running.isStored;
}

const rowOfDefaults = (id: string) => ({ id, ...INITIAL, revision: 0, [CHANGED_AT]: null });

const entryOfDefaults = (id: string, entry: Entry | undefined): Entry => ({
	version: 0,
	localTime: 0,
	...entry,
	value: rowOfDefaults(id),
});
