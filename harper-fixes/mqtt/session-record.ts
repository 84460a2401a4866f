/**
 * What is stored of a session: what it is subscribed to, up to where its client has acknowledged, and until when it is kept.
 * Harper's own record, with what Harper leaves out; Harper changes it in place, and calls `update` then.
 * Part of sessions.ts: to be deleted with it.
 */
import { databases, type Context } from 'harperdb';
import { logBurst } from '../log-bursts.ts';
import { durableSessions, searchAll, type MqttSession } from '../internals.ts';

/** As Harper has it. */
export interface StoredSubscription {
	topic: string;
	qos: 0 | 1 | 2;
	/** From when the client has not acknowledged. */
	startTime?: number;
	/** What it has acknowledged after that. */
	acks?: number[];
}

/** What a SUBSCRIBE says beside its topic and QoS. */
export interface Options {
	nl?: boolean;
	rap?: boolean;
	identifier?: number;
}

/** What a session is subscribed to, as Harper has it. */
type Subscribed = MqttSession['subscriptions'][number];

interface Fields {
	id: string;
	subscriptions: StoredSubscription[];
	/** By topic. */
	options?: Record<string, Options>;
	/** In s; null is for ever. */
	expiry?: number | null;
	/** When its connection has ended, in ms since 1970; null while it is connected. */
	endedAt?: number | null;
}

const table = () => databases.system!.hdb_durable_session!;

/** In ms since 1970. */
const STARTED = Date.now() - process.uptime() * 1000;

export class SessionRecord implements Fields {
	id: string;
	subscriptions: StoredSubscription[] = [];
	options: Record<string, Options> = {};
	expiry: number | null;
	endedAt: number | null = null;
	#saving: Promise<void> | undefined;
	#isChanged = false;
	#isGone = false;
	#isClosed = false;

	constructor(id: string, expiry: number) {
		this.id = id;
		this.expiry = Number.isFinite(expiry) ? expiry : null;
	}

	/** Stores it as it is now. Harper would store it for each acknowledgement: of those that come meanwhile the last counts. */
	update(): void {
		if (this.#isClosed) return;
		this.#isChanged = true;
		this.#saving ??= this.#save();
	}

	/** Stores what it is subscribed to. What was before keeps the time up to which its client has acknowledged. */
	setSubscriptions(subscriptions: Subscribed[]): void {
		this.subscriptions = subscriptions.map((subscription) => {
			const { topic, qos } = subscription;
			const before = this.subscriptions.find((one) => one.topic === topic && one.qos === qos);
			subscription.startTime ??= Date.now(); // it may begin earlier (api/stream.ts)
			return before ?? { topic, qos, startTime: subscription.startTime };
		});
		this.update();
	}

	/** Resolves when it is stored as it is now. */
	get saved(): Promise<void> | undefined {
		return this.#saving;
	}

	async #save(): Promise<void> {
		while (this.#isChanged) {
			this.#isChanged = false;
			await (this.#isGone ? remove(this.id) : store(this));
		}
		this.#saving = undefined;
	}

	get hasEnded(): boolean {
		return this.#isGone || this.endedAt !== null;
	}

	/** Its connection ends: it is kept for so many seconds from now. */
	end(expiry: number): void {
		this.#isGone = expiry === 0;
		this.expiry = Number.isFinite(expiry) ? expiry : null;
		this.endedAt = Date.now();
		this.update();
		this.close();
	}

	/**
	 * Stores it no more. Harper handles an acknowledgement after the end of its connection, too: stored then, the session would
	 * be back after another connection has removed or changed it.
	 */
	close(): void {
		this.#isClosed = true;
	}
}

async function store({ id, subscriptions, options, expiry, endedAt }: SessionRecord): Promise<void> {
	try {
		await table().put(id, { id, subscriptions, options, expiry, endedAt }, {} as Context);
	} catch (cause) {
		logBurst('error', 'MQTT sessions that could not be stored', `The session ${id} could not be stored`, cause);
	}
}

export async function remove(id: string): Promise<void> {
	await Promise.resolve(table().delete(id, {} as Context)).catch((cause: unknown) => {
		logBurst('error', 'MQTT sessions that could not be removed', `The session ${id} could not be removed`, cause);
	});
}

/** Of a clean session: forgets the one before. */
export async function forgetSession(id: string): Promise<void> {
	durableSessions().resetReadTxn(); // see ../read-snapshots.ts
	if (await table().get(id, {} as Context)) await remove(id);
}

/** What is stored of the session, if it has not expired. */
export async function storedSession(id: string, isLive: boolean): Promise<Fields | undefined> {
	durableSessions().resetReadTxn(); // see ../read-snapshots.ts
	const stored = await table().get(id, {} as Context);
	if (!stored) return undefined;
	const fields = JSON.parse(JSON.stringify(stored)) as Fields;
	return !isLive && isExpired(fields) ? undefined : fields;
}

/** One that was connected when the server died counts from its next start. */
export function isExpired({ expiry, endedAt }: Fields, now = Date.now()): boolean {
	if (expiry === null || expiry === undefined) return false;
	return (endedAt ?? STARTED) + expiry * 1000 <= now;
}

/** When what is known of a session that is kept is stored. */
export const savedOf = (session: MqttSession | undefined) =>
	session?.sessionRecord instanceof SessionRecord ? session.sessionRecord.saved : undefined;

/** The ids of those that have expired. */
export async function expiredSessions(): Promise<string[]> {
	const ids: string[] = [];
	for await (const record of searchAll(table())) {
		const fields = JSON.parse(JSON.stringify(record)) as Fields;
		if (isExpired(fields)) ids.push(fields.id);
	}
	return ids;
}
