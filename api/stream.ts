/**
 * The events that one subscriber reads, over SSE, WebSocket or MQTT. Harper takes the next event when the connection
 * can send it. The stream has at most one pending event for each row, and reads the row when it sends the event: a slow
 * subscriber gets the newest state, and uses no more memory than a fast one.
 */
import { EventEmitter } from 'node:events';
import { isChange, type Change, type Changes } from './changes.ts';
import type { Reader } from '../harper-fixes/mqtt/reader.ts';
import { idsAfter, type RawEvents } from '../harper-fixes/raw-events.ts';

/** How many ids are read from the table at a time when a stream of every row starts. */
const CHUNK_SIZE = 100;
/** How many messages other than row events may be pending (errors); a client that reads none is disconnected. */
const MAX_MESSAGES = 1_000;
/** How much later than its own time a commit may be published. */
const MAX_PUBLISH_DELAY_MS = 5_000;

/** Runs before each event. @throws when the account may no longer read */
type Authorize = () => Promise<unknown>;

/** Server-Sent Events and WebSocket get every change, as the row. */
const ROWS: Reader = { toValue: (row) => row };

/** A change that is not sent yet. `isFirst`: it is the value at the start of the subscription. */
type Pending = Change & { isFirst?: boolean };

export class Stream extends EventEmitter {
	readonly #changes: Changes;
	readonly #id: string | undefined;
	readonly #authorize: Authorize;
	readonly #reader: Reader;
	readonly #pending = new Map<string, Pending>();
	readonly #messages: object[] = [];
	#unlisten = () => {};
	/** At the start: the last id that was read from the table. null when all ids were read. */
	#lastId: string | undefined | null = null;
	#wake: (() => void) | undefined;
	#state: 'open' | 'muted' | 'ended' = 'open';
	#startTime: number | undefined;
	/**
	 * Since when events are pending that the subscriber has not read (`performance.now()`); undefined while none are.
	 */
	waitingSince: number | undefined;

	/** @param id the row; undefined for every row */
	constructor(changes: Changes, authorize: Authorize, id?: string, reader = ROWS) {
		super();
		this.#changes = changes;
		this.#authorize = authorize;
		this.#id = id;
		this.#reader = reader;
	}

	/**
	 * Starts to send the changes from now on.
	 * @param withCurrent whether to send the current value first; without an id, that of every row
	 */
	async start(withCurrent: boolean): Promise<this> {
		await this.#changes.start();
		this.#unlisten = this.#changes.listen((change) => this.#push(change), this.#id);
		if (!withCurrent) return this;
		if (this.#id) this.#push({ id: this.#id, type: 'put', ...this.#now(), isFirst: true });
		else this.#lastId = undefined;
		return this;
	}

	/**
	 * Adds the state of the row, for a durable session that is resumed; if the row does not exist, its absence is sent
	 * when `publishesAbsence`.
	 */
	pushState(publishesAbsence: boolean): void {
		this.#push({ id: this.#id!, type: publishesAbsence ? 'delete' : 'put', ...this.#now() });
	}

	/** Adds the changes that a durable session of all rows has missed, as far as the audit log has them. */
	async pushMissed(events: RawEvents): Promise<void> {
		const until = this.#changes.latest;
		let count = 0;
		for await (const event of events) {
			// later events already arrived through the listener
			if (this.#state !== 'open' || event.localTime > until) break;
			if (isChange(event)) this.#push(event);
			if (++count % CHUNK_SIZE === 0) await new Promise(setImmediate);
		}
		events.end();
	}

	#now = () => ({ localTime: Date.now() - MAX_PUBLISH_DELAY_MS, version: 0 });

	/**
	 * A later event of the same row takes the place and the time of the first pending one: a durable session resumes
	 * from the time of the last event that it acknowledged, and must not skip other rows.
	 */
	#push(change: Pending): void {
		if (this.#state !== 'open' || this.#reader.omits?.(change)) return;
		const before = this.#pending.get(change.id);
		this.#pending.set(change.id, before ? { ...change, localTime: before.localTime, isFirst: before.isFirst } : change);
		this.#notify();
	}

	/** Sends a message other than a row event: an error or a heartbeat. */
	send(message: object): void {
		if (this.#state !== 'open') return;
		this.#messages.push(message);
		if (this.#messages.length > MAX_MESSAGES) this.emit('overrun');
		this.#notify();
	}

	/** Sends a heartbeat, unless a message is still pending. */
	sendHeartbeat(): void {
		if (!this.#messages.length) this.send({ event: 'heartbeat', data: new Date().toISOString() });
	}

	#notify(): void {
		if (this.#wake) this.#wake();
		else this.waitingSince ??= performance.now();
	}

	[Symbol.asyncIterator]() {
		return {
			next: () => this.#next(),
			return: async () => {
				this.end();
				return { value: undefined, done: true as const };
			},
		};
	}

	async #next(): Promise<IteratorResult<object, undefined>> {
		this.waitingSince = undefined;
		while (this.#state !== 'ended') {
			const message = this.#messages.shift() ?? (await this.#nextEvent());
			if (message) return { value: message, done: false };
			await this.#pendingOrEnd();
		}
		return { value: undefined, done: true };
	}

	async #nextEvent(): Promise<object | undefined> {
		for (;;) {
			this.#fill();
			const [change] = this.#pending.values();
			if (!change) return undefined;
			this.#pending.delete(change.id);
			const event = this.#toEvent(change);
			if (!event) continue;
			try {
				await this.#authorize();
				return this.#state === 'open' ? event : undefined;
			} catch {
				return void this.#mute();
			}
		}
	}

	/** @returns the row as it is stored now; undefined for a row that was removed: the event of the removal follows */
	#toEvent({ id, type, localTime, version, isFirst = false }: Pending): object | undefined {
		const row = this.#changes.read(id);
		if (!row)
			return type === 'delete'
				? { id, localTime, version, type, value: this.#reader.toValue(null, isFirst) }
				: undefined;
		return {
			id,
			localTime,
			version: row.version,
			type: type === 'delete' ? 'put' : type,
			value: this.#reader.toValue(row.value, isFirst),
		};
	}

	/** Adds the next ids of the table, until all were read. */
	#fill(): void {
		if (this.#lastId === null || this.#pending.size >= CHUNK_SIZE) return;
		const ids = idsAfter(this.#changes.table, this.#lastId, CHUNK_SIZE);
		this.#lastId = ids.length < CHUNK_SIZE ? null : ids.at(-1)!;
		for (const id of ids)
			if (!this.#pending.has(id)) this.#pending.set(id, { id, type: 'put', ...this.#now(), isFirst: true });
	}

	/** Resolves when something is pending, or the stream has ended. */
	async #pendingOrEnd(): Promise<void> {
		const isPending = () => this.#pending.size || this.#messages.length || this.#state === 'ended';
		if (isPending()) return;
		await new Promise<void>((done) => (this.#wake = done));
		this.#wake = undefined;
	}

	/**
	 * After the account loses read access the stream sends nothing, not even heartbeats; the client notices that, and
	 * reconnects.
	 */
	#mute(): void {
		this.#state = 'muted';
		this.#stop();
	}

	/** Ends the subscription. Harper calls it too. */
	end(): void {
		this.#state = 'ended';
		this.#stop();
		this.#wake?.();
	}

	#stop(): void {
		this.#unlisten();
		this.#pending.clear();
		this.#messages.length = 0;
		this.#lastId = null;
		this.waitingSince = undefined;
		this.emit('close');
	}

	/**
	 * From which time a durable session gets the changes that it misses, in ms since 1970. Harper sets it after it has
	 * subscribed; a change that is committed in between has an earlier time.
	 */
	get startTime(): number | undefined {
		return this.#startTime;
	}
	set startTime(time: number) {
		this.#startTime = time - MAX_PUBLISH_DELAY_MS;
	}
}
