/**
 * The events that one subscriber reads, over SSE, WebSocket or MQTT. Harper takes the next event when the connection
 * can send it. The stream has at most one pending event for each row, and reads the row when it sends the event: a slow
 * subscriber gets the newest state, and uses no more memory than a fast one.
 */
import { EventEmitter } from 'node:events';
import { isChange, type Change, type Changes } from './changes.ts';
import type { Reader } from '../harper-fixes/mqtt/reader.ts';
import { idsAfter, type RawEvents } from '../harper-fixes/raw-events.ts';
import type { Selection } from './selection.ts';

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

/** Which rows a stream has, and in which form. */
export interface Options {
	/** The row; without it every row. */
	id?: string | undefined;
	reader?: Reader | undefined;
	/** The rows among every row that a query selects. */
	selection?: Selection | undefined;
}

/** A change that is not sent yet. `isFirst`: it is the value at the start of the subscription. */
type Pending = Change & { isFirst?: boolean };

export class Stream extends EventEmitter {
	readonly #changes: Changes;
	readonly #id: string | undefined;
	readonly #authorize: Authorize;
	readonly #reader: Reader;
	readonly #selection: Selection | undefined;
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

	constructor(changes: Changes, authorize: Authorize, { id, reader = ROWS, selection }: Options = {}) {
		super();
		this.#changes = changes;
		this.#authorize = authorize;
		this.#id = id;
		this.#reader = reader;
		this.#selection = selection;
	}

	/**
	 * Starts to send the changes from now on.
	 * @param withCurrent whether to send the current value first; without an id, that of every row
	 * @throws {Refusal} 400 for a query that Harper cannot run
	 */
	async start(withCurrent: boolean): Promise<this> {
		await this.#changes.start();
		this.#unlisten = this.#changes.listen((change) => this.#push(change), this.#id);
		if (!withCurrent) return this;
		await this.#selection?.start();
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
		if (this.#selection && !this.#selection.concerns(change.id, this.#changes.read(change.id))) return;
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
		if (this.#wake) this.#wakeUp();
		else this.waitingSince ??= performance.now();
	}

	/** Lets the subscriber that waits for an event take it. */
	#wakeUp(): void {
		const wake = this.#wake;
		this.#wake = undefined;
		wake?.();
	}

	[Symbol.asyncIterator]() {
		return {
			next: () =>
				new Promise<IteratorResult<object, undefined>>((done) => this.takeNext((event) => done(toResult(event)))),
			return: async () => {
				this.end();
				return toResult(null);
			},
		};
	}

	/**
	 * Passes the next event to `take`, once there is one; null after the end. Call it again only after that. It needs
	 * fewer promises than the iterator: an event to many subscribers costs less (harper-fixes/shared-event-texts.ts).
	 */
	takeNext(take: (event: object | null) => void): void {
		this.waitingSince = undefined;
		if (this.#state === 'ended') return take(null);
		const message = this.#messages.shift();
		if (message) return take(message);
		const event = this.#nextEvent();
		if (!event) return void (this.#wake = () => queueMicrotask(() => this.takeNext(take)));
		this.#authorize()
			.catch(() => this.#mute())
			.then(() => (this.#state === 'open' ? take(event) : this.takeNext(take)));
	}

	#nextEvent(): object | undefined {
		for (;;) {
			this.#fill();
			const [change] = this.#pending.values();
			if (!change) return undefined;
			this.#pending.delete(change.id);
			const event = this.#toEvent(change);
			if (event) return event;
		}
	}

	/** @returns the row as it is stored now; undefined for a row that was removed: the event of the removal follows */
	#toEvent({ id, type, localTime, version, isFirst = false }: Pending): object | undefined {
		const row = this.#changes.read(id);
		if (!row && type !== 'delete') return undefined;
		const kind = this.#selection ? this.#selection.next(id, row) : row ? 'row' : 'removal';
		if (!kind) return undefined;
		const key = this.#reader === ROWS ? `${kind} ${type} ${localTime}` : undefined;
		const shared = key && row?.events.get(key);
		if (shared) return shared;
		const event = {
			id,
			localTime,
			version: row?.version ?? version,
			type: kind === 'removal' ? 'delete' : type === 'delete' ? 'put' : type,
			value: this.#reader.toValue(kind === 'row' ? row!.value : null, isFirst),
		};
		if (key) row?.events.set(key, event);
		return event;
	}

	/** Adds the next ids of the table, until all were read. */
	#fill(): void {
		if (this.#lastId === null || this.#pending.size >= CHUNK_SIZE) return;
		const ids = this.#selection?.take(CHUNK_SIZE) ?? idsAfter(this.#changes.table, this.#lastId, CHUNK_SIZE);
		this.#lastId = ids.length < CHUNK_SIZE ? null : ids.at(-1)!;
		for (const id of ids)
			if (!this.#pending.has(id)) this.#pending.set(id, { id, type: 'put', ...this.#now(), isFirst: true });
	}

	/**
	 * After the account loses read access the stream sends nothing, not even heartbeats; the client notices that, and
	 * reconnects.
	 */
	#mute(): void {
		this.#state = 'muted';
		this.#stop();
	}

	/** Ends the subscription of a client that is gone. Harper fails on the end of Server-Sent Events that it still sends. */
	abandon(): void {
		if (this.#state === 'open') this.#mute();
	}

	/** Ends the subscription. Harper calls it too. */
	end(): void {
		this.#state = 'ended';
		this.#stop();
		this.#wakeUp();
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

const toResult = (event: object | null): IteratorResult<object, undefined> =>
	event ? { value: event, done: false } : { value: undefined, done: true };
