/**
 * How long a session is kept. [MQTT-3.2.2-2, -3] Session Present tells whether there is one. [MQTT-3.1.2-4 to -6, -23; MQTT 5
 * 3.1.2.11.2] In MQTT 5 a clean start only forgets the session before; the Session Expiry Interval tells how long this one is kept.
 *
 * Symptom: Session Present is 1 for everyone with `clean: false`. MQTT 5's interval is not read: a session that began clean keeps
 * nothing, and another one is kept for ever.
 * Test: test/contract/mqtt-conformance.test.ts. Asks Harper that it makes a session that is kept of a CONNECT without `clean`, with a
 * `sessionRecord`, and that it calls `disconnect` when its connection ends. Delete when Harper reads the interval.
 */
import type { MqttSession } from '../internals.ts';
import type { Connection } from './connection.ts';
import { SessionRecord, expiredSessions, forgetSession, remove, storedSession } from './session-record.ts';
import { isLive, leave } from './takeover.ts';

/** MQTT 5: for ever. */
const FOR_EVER = 0xffff_ffff;
/** How often expired sessions are removed, in ms. */
const SWEEP = 60_000;

const expiries = new WeakMap<Connection, number>();

/** How long a session is kept after its connection, in s. */
export const expiryOf = (connection: Connection) => expiries.get(connection) ?? 0;
export const setExpiry = (connection: Connection, expiry: number) => void expiries.set(connection, expiry);

export const secondsOf = (interval: number) => (interval === FOR_EVER ? Infinity : interval);

/** Before Harper makes the session. */
export function chooseSession(connection: Connection): void {
	const { connect, packet } = connection;
	const { clean, protocolVersion, properties } = connect!;
	const isMqtt5 = protocolVersion === 5;
	const interval = properties?.sessionExpiryInterval ?? 0;
	const expiry = isMqtt5 ? secondsOf(interval) : clean ? 0 : Infinity;
	setExpiry(connection, expiry);
	packet!.clean = Boolean(clean) && expiry === 0;
}

/** A session of Harper's, as it was made. */
export function prepareSession(connection: Connection, session: MqttSession): void {
	session.sessionWasPresent = false; // else Harper resumes it at once
	const { disconnect } = session;
	let hasEnded = false;
	session.disconnect = () => {
		if (hasEnded) return; // Harper would forget the will of who has the session now
		hasEnded = true;
		const saved = keepOrForget(connection, session);
		const left = () => leave(connection, session.sessionId);
		if (saved) void saved.then(left);
		else left();
		void disconnect.call(session, true); // its will is ours (../last-wills.ts)
	};
}

/**
 * Gives a session what is stored of it.
 * @returns whether there was one
 */
export async function openSession(connection: Connection, session: MqttSession, wasLive: boolean): Promise<boolean> {
	if (!session.sessionRecord) {
		await forgetSession(session.sessionId);
		return false;
	}
	const record = new SessionRecord(session.sessionId, expiryOf(connection));
	session.sessionRecord = record;
	session.saveSubscriptions = () => record.setSubscriptions(session.subscriptions);
	const stored = connection.connect!.clean ? undefined : await storedSession(session.sessionId, wasLive);
	if (stored) {
		record.subscriptions = stored.subscriptions ?? [];
		record.options = stored.options ?? {};
	}
	record.update();
	return stored !== undefined;
}

/**
 * What becomes of a session when its connection ends.
 * @returns when that is stored, if it is not yet
 */
export function keepOrForget(connection: Connection, session: MqttSession): Promise<void> | undefined {
	const { sessionRecord: record } = session;
	if (!(record instanceof SessionRecord)) return undefined;
	if (connection.isTakenOver) return void record.close();
	if (!record.hasEnded) record.end(expiryOf(connection));
	return record.saved;
}

/** To be called once for each thread. */
export function removeExpiredSessions(): void {
	setInterval(async () => {
		try {
			for (const id of await expiredSessions()) if (!isLive(id)) await remove(id);
		} catch (cause) {
			logger.error?.('Expired MQTT sessions could not be removed', cause);
		}
	}, SWEEP).unref();
}
