/**
 * The changes of a table: each thread has one subscription to Harper, whatever the number of its subscribers. Also
 * reads the stored rows for them. Knows nothing of accounts and protocols.
 *
 * An event only says that a row has changed: when several threads write at once, an event can arrive after another
 * event that has a later version. Subscribers therefore get the stored row, as it is when the event is sent.
 */
import { awaitRunningCommits, followCommits, type RawEvent, type TableName } from '../harper-fixes/raw-events.ts';
import { storedEntry } from '../harper-fixes/read-snapshots.ts';

const TYPES = ['put', 'patch', 'delete', 'message'] as const;

/** The event that a row has changed. */
export interface Change {
	id: string;
	type: (typeof TYPES)[number];
	/** The time of the commit on this node, in ms since 1970. */
	localTime: number;
	/** The timestamp of the write, in ms since 1970. */
	version: number;
}

/** A stored row as subscribers get it. */
export interface StoredRow {
	value: object;
	version: number;
	localTime: number;
	/** The events of this state that were made so far, by their other properties: all subscribers share them. */
	events: Map<string, object>;
}

type Listener = (change: Change) => void;

export class Changes {
	readonly table: TableName;
	readonly #complete: (row: object) => object;
	/** By id. The key `undefined` has the listeners for every row. */
	readonly #listeners = new Map<string | undefined, Set<Listener>>();
	/** The rows that were read in this turn of the event loop. All subscribers share them. */
	readonly #rows = new Map<string, StoredRow | undefined>();
	#started: Promise<void> | undefined;
	/** The time of the latest published commit, or of the start if there is none, in ms since 1970. */
	latest = 0;

	/** @param complete converts a stored row to the row that readers get */
	constructor(table: TableName, complete: (row: object) => object) {
		this.table = table;
		this.#complete = complete;
	}

	/** Starts to follow the table on this thread. Resolves when no later change can be missed. */
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
	 * Calls `listener` for each change from now on: of the row `id`, or of every row.
	 * @returns a function that removes the listener
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

	/** @returns the stored row; undefined when there is none */
	read(id: string): StoredRow | undefined {
		if (this.#rows.has(id)) return this.#rows.get(id);
		if (!this.#rows.size) setImmediate(() => this.#rows.clear());
		const row = this.#toRow(storedEntry(this.table, id));
		this.#rows.set(id, row);
		return row;
	}

	#toRow(entry: ReturnType<typeof storedEntry>): StoredRow | undefined {
		if (!entry?.value) return undefined;
		return {
			value: this.#complete(entry.value),
			version: entry.version,
			localTime: entry.localTime,
			events: new Map(),
		};
	}
}

/** Harper also has other events for its own use. */
export const isChange = (event: RawEvent): event is Change => (TYPES as readonly string[]).includes(event.type);
