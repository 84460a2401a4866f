/**
 * The events that one subscriber reads, over SSE, WebSocket or MQTT: Harper takes the next one when the connection can
 * take it. Holds at most one pending event for each row, and reads the row when the event is sent: a slow subscriber gets
 * the newest state, and costs no more memory than one that has missed nothing.
 */
import { EventEmitter } from 'node:events';
import { isChange, type Change, type Changes } from './changes.ts';
import type { Reader } from '../harper-fixes/mqtt/reader.ts';
import { idsAfter, type RawEvents } from '../harper-fixes/raw-events.ts';

/** Ids of rows that wait to be read at the start, at most. */
const CHUNK_SIZE = 100;
/** Messages that are no events of a row (errors), at most; who reads none of them is closed. */
const MAX_MESSAGES = 1_000;
/** In ms. How much later than its time a commit may be published. */
const MAX_PUBLISH_DELAY_MS = 5_000;

/** What is asked before each event. @throws when the account may not read any more */
type Authorize = () => Promise<unknown>;

/** Server-Sent Events and WebSocket get every change, as the row. */
const ROWS: Reader = { toValue: (row) => row };

/** A change that is not sent yet; `isFirst`: the value at the start. */
type Pending = Change & { isFirst?: boolean };

export class Stream extends EventEmitter {
	readonly #changes: Changes;
	readonly #id: string | undefined;
	readonly #authorize: Authorize;
	readonly #reader: Reader;
	readonly #pending = new Map<string, Pending>();
	readonly #messages: object[] = [];
	#unlisten = () => {};
	/** The last id that was taken from the table at the start; null when all were. */
	#last: string | undefined | null = null;
	#wake: (() => void) | undefined;
	#state: 'open' | 'muted' | 'ended' = 'open';
	#startTime: number | undefined;
	/** Since when something is pending that nobody takes, by `performance.now()`; undefined while nothing is. */
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
	 * Starts with what changes from now on.
	 * @param first whether the current value comes first, of every row where no id was given
	 */
	async start(first: boolean): Promise<this> {
		await this.#changes.start();
		this.#unlisten = this.#changes.listen((change) => this.#push(change), this.#id);
		if (!first) return this;
		if (this.#id) this.#push({ id: this.#id, type: 'put', ...this.#now(), isFirst: true });
		else this.#last = undefined;
		return this;
	}

	/** Adds the state of the one row, for a durable session that comes back; where it has none, that too if it is to be told. */
	pushState(publishesAbsence: boolean): void {
		this.#push({ id: this.#id!, type: publishesAbsence ? 'delete' : 'put', ...this.#now() });
	}

	/** Adds what a durable session of all rows missed, as far as the audit log has it. */
	async pushMissed(events: RawEvents): Promise<void> {
		const until = this.#changes.latest;
		let count = 0;
		for await (const event of events) {
			if (this.#state !== 'open' || event.localTime > until) break; // what is later has been listened to
			if (isChange(event)) this.#push(event);
			if (++count % CHUNK_SIZE === 0) await new Promise(setImmediate);
		}
		events.end();
	}

	#now = () => ({ localTime: Date.now() - MAX_PUBLISH_DELAY_MS, version: 0 });

	/**
	 * The first pending event of a row keeps its place and its time: a durable session that has acknowledged it goes on from
	 * that time, and must not pass over other rows.
	 */
	#push(change: Pending): void {
		if (this.#state !== 'open' || this.#reader.omits?.(change)) return;
		const before = this.#pending.get(change.id);
		this.#pending.set(change.id, before ? { ...change, localTime: before.localTime, isFirst: before.isFirst } : change);
		this.#notify();
	}

	/** Sends a message that is no event of a row: an error, a heartbeat. */
	send(message: object): void {
		if (this.#state !== 'open') return;
		this.#messages.push(message);
		if (this.#messages.length > MAX_MESSAGES) this.emit('overrun');
		this.#notify();
	}

	/** Sends a heartbeat, unless the one before it is still pending. */
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
			await this.#somethingPending();
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

	/** The row as it is stored now; nothing when another event is still to come for it. */
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

	/** Takes some more rows of the table, as long as not all were taken. */
	#fill(): void {
		if (this.#last === null || this.#pending.size >= CHUNK_SIZE) return;
		const ids = idsAfter(this.#changes.table, this.#last, CHUNK_SIZE);
		this.#last = ids.length < CHUNK_SIZE ? null : ids.at(-1)!;
		for (const id of ids)
			if (!this.#pending.has(id)) this.#pending.set(id, { id, type: 'put', ...this.#now(), isFirst: true });
	}

	async #somethingPending(): Promise<void> {
		const isPending = () => this.#pending.size || this.#messages.length || this.#state === 'ended';
		if (isPending()) return;
		await new Promise<void>((done) => (this.#wake = done));
		this.#wake = undefined;
	}

	/** Without right it sends no more, no heartbeat either: its client notices, and connects again. */
	#mute(): void {
		this.#state = 'muted';
		this.#stop();
	}

	/** Ends the subscription. Harper calls it, too. */
	end(): void {
		this.#state = 'ended';
		this.#stop();
		this.#wake?.();
	}

	#stop(): void {
		this.#unlisten();
		this.#pending.clear();
		this.#messages.length = 0;
		this.#last = null;
		this.waitingSince = undefined;
		this.emit('close');
	}

	/**
	 * From when a durable session is to be told what it missed, in ms since 1970. Harper sets it after it has subscribed, and
	 * a change that is committed meanwhile has an earlier time.
	 */
	get startTime(): number | undefined {
		return this.#startTime;
	}
	set startTime(time: number) {
		this.#startTime = time - MAX_PUBLISH_DELAY_MS;
	}
}
