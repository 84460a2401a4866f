/**
 * What changes in a table: one subscription to Harper for each thread, whatever the number of its subscribers, and the
 * stored rows that they read. Knows nothing of accounts and protocols.
 *
 * An event is only the news that a row has changed: when writers race on several threads, it can come after another that
 * has a later version. What is published is the stored row, read at the moment at which it is sent.
 */
import { awaitRunningCommits, followCommits, type RawEvent, type TableName } from '../harper-fixes/raw-events.ts';
import { storedEntry } from '../harper-fixes/read-snapshots.ts';

const TYPES = ['put', 'patch', 'delete', 'message'] as const;

/** That a row has changed. */
export interface Change {
	id: string;
	type: (typeof TYPES)[number];
	/** When it was committed on this node, in ms since 1970. */
	localTime: number;
	/** The timestamp of the write, in ms since 1970. */
	version: number;
}

/** A stored row as subscribers get it. */
export interface StoredRow {
	value: object;
	version: number;
	localTime: number;
}

type Listener = (change: Change) => void;

export class Changes {
	readonly table: TableName;
	readonly #complete: (row: object) => object;
	/** By id; those of every row are at `undefined`. */
	readonly #listeners = new Map<string | undefined, Set<Listener>>();
	/** What was read in this turn of the event loop, for all who read it in the same. */
	readonly #rows = new Map<string, StoredRow | undefined>();
	#started: Promise<void> | undefined;
	/** The latest commit that was published, or else the start, in ms since 1970. */
	latest = 0;

	/** @param complete makes of a stored row what its readers get */
	constructor(table: TableName, complete: (row: object) => object) {
		this.table = table;
		this.#complete = complete;
	}

	/** Starts to follow the table on this thread. When it resolves, no later change is missed. */
	start(): Promise<void> {
		return (this.#started ??= this.#follow().catch((cause) => {
			this.#started = undefined; // the next subscriber tries again
			throw cause;
		}));
	}

	async #follow(): Promise<void> {
		await followCommits(this.table, (event) => this.#publishRaw(event));
		await awaitRunningCommits(this.table);
		this.latest ||= Date.now();
	}

	/**
	 * Calls `listener` at each change from now on: of the row `id`, or of every row.
	 * @returns how to end that
	 */
	listen(listener: Listener, id?: string): () => void {
		const listeners = this.#listeners.get(id) ?? new Set();
		this.#listeners.set(id, listeners.add(listener));
		return () => {
			listeners.delete(listener);
			if (!listeners.size && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
		};
	}

	/** Publishes a change to the listeners of this thread. */
	publish(change: Change): void {
		this.#rows.delete(change.id);
		for (const id of [change.id, undefined]) for (const listener of this.#listeners.get(id) ?? []) listener(change);
	}

	#publishRaw(event: RawEvent): void {
		if (event.localTime > this.latest) this.latest = event.localTime;
		if (isChange(event)) this.publish(event);
	}

	/** The stored row; undefined when there is none. */
	read(id: string): StoredRow | undefined {
		if (this.#rows.has(id)) return this.#rows.get(id);
		if (!this.#rows.size) setImmediate(() => this.#rows.clear());
		const row = this.#toRow(storedEntry(this.table, id));
		this.#rows.set(id, row);
		return row;
	}

	#toRow(entry: ReturnType<typeof storedEntry>): StoredRow | undefined {
		if (!entry?.value) return undefined;
		return { value: this.#complete(entry.value), version: entry.version, localTime: entry.localTime };
	}
}

/** Harper has other events too, of its own. */
export const isChange = (event: RawEvent): event is Change => (TYPES as readonly string[]).includes(event.type);
