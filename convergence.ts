/**
 * What becomes of a sign that several nodes of a cluster wrote without knowing of each other: the same on each of them,
 * whatever the order in which they hear of the writes. Wraps how Harper applies a write to the table `Sign`; to be looked
 * at first when Harper's replication changes.
 *
 * Harper gives each write a timestamp, merges field by field, and sorts a write that comes late in below those that are
 * later. Three things go wrong there, and are mended here:
 * - A late write leaves its own, older timestamp on the row. The next late one is taken for the newest, and overwrites
 *   what is newer. So the row keeps the later one, and a little is added.
 * - A removal that comes late is dropped, on the node that has later writes alone. It is made a row of defaults below them.
 * - A merge into a sign that the node does not have makes a row of its few fields. They are completed by defaults, which
 *   are not part of the write: of two nodes that make a sign at once, each keeps the fields that it gave.
 */
import { tables, type Context } from 'harperdb';
import { ALL, baseOf, indexDefaults, lacking, unindexDefaults } from './completion.ts';
import { INITIAL } from './sign.ts';
import { store, type Entry } from './store.ts';

/** One change of one row, in a transaction of Harper's. */
interface Write {
	/** Is called again, with more `retries`, when the row has changed meanwhile. */
	commit(timestamp: number, entry: Entry | undefined, retries: number): void;
}

/** Harper's instance of a row that is written to. */
interface Row {
	getContext(): Context & { transaction?: { writes: Write[] } };
	_writeUpdate(id: string, update: object, isFull: boolean, options?: object): void;
	_writeDelete(id: string, options?: object): void;
}

/** In ms. Makes a difference to a timestamp in double precision, until the year 2109. */
const A_LITTLE = 2 ** -11;

/** While a write is committed: the least timestamp that the row gets, and whether it was stored. */
let least = 0;
let isStored = false;

/** To be called once for each thread. */
export function convergeNodes(): void {
	const harper = tables.Sign!.prototype as unknown as Row;
	const { _writeUpdate: update, _writeDelete: remove } = harper;
	if (!update || !remove) throw new Error('convergence.ts wraps Harper 4.7, and does not know how this Harper writes');

	harper._writeUpdate = function (id, fields, isFull, options) {
		const write = added(this, () => update.call(this, id, fields, isFull, options));
		if (!write) return;
		const { commit } = write;
		write.commit = (timestamp, entry, retries) => {
			const isMade = !isFull && !entry?.value;
			const base = isMade ? { version: 0, ...entry, value: rowOfDefaults(id) } : baseOf(entry);
			const defaults = isMade ? ALL : lacking(entry);
			// Harper indexes only what differs from the row before, for which it takes `base`
			indexDefaults(id, defaults);
			const isKept = keepLatest(entry, timestamp, () => commit(timestamp, base, retries));
			if (isMade && !isKept) unindexDefaults(id, defaults);
		};
	};

	harper._writeDelete = function (id, options) {
		const removal = added(this, () => remove.call(this, id, options));
		if (!removal) return;
		const defaults = rowOfDefaults(id);
		const replacement = added(this, () => update.call(this, id, defaults, true, options))!;
		this.getContext().transaction!.writes.pop(); // one of the two is committed, in the place of the removal
		const { commit } = removal;
		removal.commit = (timestamp, entry, retries) => {
			indexDefaults(id, lacking(entry));
			const isRemoved = keepLatest(entry, timestamp, () => commit(timestamp, entry, retries));
			if (isRemoved || !entry?.value) return;
			Object.assign(defaults, { updatedAt: new Date(timestamp) });
			keepLatest(entry, timestamp, () => replacement.commit(timestamp, entry, retries));
		};
	};

	const signs = store();
	const { put } = signs;
	signs.put = function (id, row, options, ...rest) {
		if (!options?.version) return put.call(this, id, row, options, ...rest); // no row, but how rows are encoded
		isStored = true;
		return put.call(this, id, row, { ...options, version: Math.max(least, options.version) }, ...rest);
	};
}

/** What `write` adds to the row's transaction; undefined when it is committed at once. */
function added(row: Row, write: () => void): Write | undefined {
	const writes = row.getContext().transaction?.writes ?? [];
	const before = writes.length;
	write();
	return writes[before];
}

/**
 * Commits a write. If it comes late, the row gets a timestamp a little later than it had: Harper takes a row's timestamp for its
 * state, and a write that has read the row before and finds the same timestamp afterwards would overwrite this one.
 * @returns whether it was stored; Harper drops what it has already, and what later writes have overwritten
 */
function keepLatest(entry: Entry | undefined, timestamp: number, commit: () => void): boolean {
	isStored = false;
	least = entry && entry.version >= timestamp ? entry.version + A_LITTLE : 0;
	try {
		commit();
	} finally {
		least = 0;
	}
	return isStored;
}

const rowOfDefaults = (id: string) => ({ id, ...INITIAL, revision: 0 });
