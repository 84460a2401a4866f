/**
 * What becomes of a sign that several nodes of a cluster wrote without knowing of each other: the same on each of them,
 * whatever the order in which they hear of the writes. Wraps how Harper applies a write to the table `Sign`; to be looked
 * at first when Harper's replication changes.
 *
 * Harper gives each write a timestamp, merges field by field, and sorts a write that comes late in below those that are
 * later. Three things go wrong there, and are mended here:
 * - A late write leaves its own, older timestamp on the row. The next late one is taken for the newest, and overwrites
 *   what is newer. So each write from another node goes the way of a late one, which is right for any.
 * - A removal that comes late is dropped, on the node that has later writes alone. It is made a row of defaults below them.
 * - A merge into a sign that the node does not have makes a row of its few fields. They are completed by defaults, which
 *   are not part of the write: of two nodes that make a sign at once, each keeps the fields that it gave.
 */
import { tables, type Context } from 'harperdb';
import { INITIAL } from './sign.ts';
import { lastWrite, type Entry } from './store.ts';

/** One change of one row, in a transaction of Harper's. */
interface Write {
	/** Is called again, with more `retries`, when the row has changed meanwhile. */
	commit(timestamp: number, entry: Entry | undefined, retries: number): void;
}

interface Options {
	/** The node that a write was replicated from. */
	nodeId?: number;
}

/** Harper's instance of a row that is written to. */
interface Row {
	getContext(): Context & { transaction?: { writes: Write[] } };
	_writeUpdate(id: string, update: object, isFull: boolean, options?: Options): void;
	_writeDelete(id: string, options?: Options): void;
}

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
			const base = isFull || entry?.value ? entry : withDefaults(id, entry);
			commit(timestamp, isForeign(options) ? below(base, timestamp) : base, retries);
		};
	};

	harper._writeDelete = function (id, options) {
		const removal = added(this, () => remove.call(this, id, options));
		if (!removal || !isForeign(options)) return;
		const replacement = added(this, () => update.call(this, id, rowOfDefaults(id), true, options))!;
		this.getContext().transaction!.writes.pop(); // one of the two is committed, in the place of the removal
		const { commit } = removal;
		removal.commit = (timestamp, entry, retries) => {
			if (entry?.value && lastWrite(entry) > timestamp) replacement.commit(timestamp, below(entry, timestamp), retries);
			else commit(timestamp, entry, retries);
		};
	};
}

/** What `write` adds to the row's transaction; undefined when it is committed at once. */
function added(row: Row, write: () => void): Write | undefined {
	const writes = row.getContext().transaction?.writes ?? [];
	const before = writes.length;
	write();
	return writes[before];
}

const isForeign = (options?: Options) => options?.nodeId !== undefined;

/** Makes a write a late one: Harper then looks up in its audit log which writes are later: all, some or none. */
const below = (entry: Entry | undefined, timestamp: number) => entry && { ...entry, version: timestamp + 1 };

const rowOfDefaults = (id: string) => ({ id, ...INITIAL, revision: 0 });

/**
 * The row to merge into where there is none. Harper indexes only what differs from the row before, for which it takes this
 * one: so its entry in the index is written here.
 */
function withDefaults(id: string, entry: Entry | undefined): Entry {
	tables.Sign!.indices.location.put(INITIAL.location, id);
	return { version: 0, ...entry, value: rowOfDefaults(id) };
}
