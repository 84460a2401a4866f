/**
 * The stored state of a session: its subscriptions, what its client has acknowledged, and how long it is kept. It
 * replaces Harper's own record, which lacks some of this; Harper changes the record, then calls `update`.
 * Part of sessions.ts: delete them together.
 */
import { databases, type Context } from 'harperdb';
import { logBurst } from '../log-bursts.ts';
import { durableSessions, type MqttSession } from '../internals.ts';
import { contextAfterEntry } from '../timestamps.ts';

/** A subscription, as Harper stores it. */
export interface StoredSubscription {
	topic: string;
	qos: 0 | 1 | 2;
	/** The client has acknowledged all events before this time, in ms since 1970. */
	startTime?: number;
	/** The events after that time that the client has acknowledged. */
	acks?: number[];
}

/** The options of a SUBSCRIBE that Harper does not store. */
export interface Options {
	nl?: boolean;
	rap?: boolean;
	identifier?: number;
}

/** A subscription of a connected session, as Harper has it. */
type Subscribed = MqttSession['subscriptions'][number];

interface Fields {
	id: string;
	subscriptions: StoredSubscription[];
	/** By topic. */
	options?: Record<string, Options>;
	/** In s; null means that the session never expires. */
	expiry?: number | null;
	/** When the connection ended, in ms since 1970; null while the session is connected. */
	endedAt?: number | null;
}

const table = () => databases.system!.hdb_durable_session!;

/** The store of the records, whose next read sees every commit of every thread (see ../read-snapshots.ts). */
function currentSessions() {
	const sessions = durableSessions();
	sessions.resetReadTxn?.();
	return sessions;
}

/** How many acknowledgements of a subscription are stored, beyond the time up to which it has acknowledged everything. */
const MAX_ACKS = 1_000;

/** When the server started, in ms since 1970. */
const SERVER_START = Date.now() - process.uptime() * 1000;

export class SessionRecord implements Fields {
	id: string;
	subscriptions: StoredSubscription[] = [];
	options: Record<string, Options> = {};
	expiry: number | null;
	endedAt: number | null = null;
	#saving: Promise<void> | undefined;
	#isChanged = false;
	#isRemoved = false;
	#isClosed = false;

	constructor(id: string, expiry: number) {
		this.id = id;
		this.expiry = Number.isFinite(expiry) ? expiry : null;
	}

	/**
	 * Stores the record. Harper calls this for each acknowledgement; all calls during a write cause a single write after
	 * it.
	 */
	update(): void {
		if (this.#isClosed) return;
		// Harper never removes one; without it, the client gets that message again
		for (const { acks } of this.subscriptions)
			if (acks && acks.length > MAX_ACKS) acks.splice(0, acks.length - MAX_ACKS);
		this.#isChanged = true;
		this.#saving ??= this.#save();
	}

	/** Stores the subscriptions. A subscription that was stored before keeps its acknowledgements. */
	setSubscriptions(subscriptions: Subscribed[]): void {
		this.subscriptions = subscriptions.map((subscription) => {
			const { topic, qos } = subscription;
			const stored = this.subscriptions.find((one) => one.topic === topic && one.qos === qos);
			subscription.startTime ??= Date.now(); // api/stream.ts may set an earlier time
			return stored ?? { topic, qos, startTime: subscription.startTime };
		});
		this.update();
	}

	/** Resolves when the record is stored as it is now; undefined if it is. */
	get saved(): Promise<void> | undefined {
		return this.#saving;
	}

	async #save(): Promise<void> {
		while (this.#isChanged) {
			this.#isChanged = false;
			await (this.#isRemoved ? remove(this.id) : store(this));
		}
		this.#saving = undefined;
	}

	get hasEnded(): boolean {
		return this.#isRemoved || this.endedAt !== null;
	}

	/** Call it when the connection ends. The session is kept for `expiry` seconds from now. */
	end(expiry: number): void {
		this.#isRemoved = expiry === 0;
		this.expiry = Number.isFinite(expiry) ? expiry : null;
		this.endedAt = Date.now();
		this.update();
		this.close();
	}

	/**
	 * Makes later calls of `update` do nothing. Harper also handles acknowledgements after the end of a connection; to
	 * store them would restore a session that another connection has removed or changed since.
	 */
	close(): void {
		this.#isClosed = true;
	}
}

/**
 * The context of a write that is later than the last one to the record: threads whose clocks differ by a ms would otherwise
 * undo each other's writes (see ../timestamps.ts), and a client would find a session that it has ended, or lose one.
 */
const contextAfterRecord = (id: string): Context => contextAfterEntry(currentSessions().getEntry(id));

async function store({ id, subscriptions, options, expiry, endedAt }: SessionRecord): Promise<void> {
	try {
		await table().put(id, { id, subscriptions, options, expiry, endedAt }, contextAfterRecord(id));
	} catch (cause) {
		logBurst('error', 'MQTT sessions that could not be stored', `The session ${id} could not be stored`, cause);
	}
}

export async function remove(id: string): Promise<void> {
	await Promise.resolve(table().delete(id, contextAfterRecord(id))).catch((cause: unknown) => {
		logBurst('error', 'MQTT sessions that could not be removed', `The session ${id} could not be removed`, cause);
	});
}

/** Removes the earlier session, for a clean one. */
export async function removeEarlier(id: string): Promise<void> {
	currentSessions();
	if (await table().get(id, {} as Context)) await remove(id);
}

/** The stored state of a session that has not expired. A connected session does not expire. */
export async function storedSession(id: string, isConnected: boolean): Promise<Fields | undefined> {
	currentSessions();
	const stored = await table().get(id, {} as Context);
	if (!stored) return undefined;
	const fields = JSON.parse(JSON.stringify(stored)) as Fields;
	return !isConnected && isExpired(fields) ? undefined : fields;
}

/** A session that was connected when the server died expires as if it had ended at the start of the server. */
export function isExpired({ expiry, endedAt }: Fields, now = Date.now()): boolean {
	if (expiry === null || expiry === undefined) return false;
	return (endedAt ?? SERVER_START) + expiry * 1000 <= now;
}

/** Resolves when the state of a durable session is stored; undefined if it is. */
export const savedOf = (session: MqttSession | undefined) =>
	session?.sessionRecord instanceof SessionRecord ? session.sessionRecord.saved : undefined;

/** How many records are read before other work has its turn. */
const RECORDS_PER_TURN = 20;

/** The sessions without an end that the last search found, and which no thread of this server has as connected. */
let unended = new Set<string>();

/**
 * Removes the expired sessions. What is read is decided in the same turn of the event loop, and a session without an end
 * only by the second search that finds it so: a client may come back with the same id at any moment, on any thread.
 */
export async function removeExpired(isConnected: (id: string) => boolean): Promise<void> {
	const found = new Set<string>();
	for (let last: string | undefined; ;) {
		const records = recordsAfter(last);
		for (const fields of records) {
			if (isConnected(fields.id) || !isExpired(fields)) continue;
			if (fields.endedAt === null) found.add(fields.id);
			if (fields.endedAt !== null || unended.has(fields.id)) void remove(fields.id);
		}
		if (records.length < RECORDS_PER_TURN) break;
		last = records.at(-1)!.id;
		await new Promise(setImmediate);
	}
	unended = found;
}

/** @param last the id of the last record that was read; undefined at the start */
function recordsAfter(last: string | undefined): Fields[] {
	const range = { start: last ?? false, exclusiveStart: true, limit: RECORDS_PER_TURN, snapshot: false } as const;
	return Array.from(currentSessions().getRange(range), ({ key, value }) =>
		JSON.parse(JSON.stringify({ ...value, id: key }))
	);
}
