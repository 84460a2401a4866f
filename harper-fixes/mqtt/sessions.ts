/**
 * How long a session is kept. Session Present is 1 only if the server has the session [MQTT-3.2.2-2, -3]. In MQTT 5 a
 * clean start only removes the earlier session; the Session Expiry Interval sets how long the new one is kept
 * [MQTT-3.1.2-4 to -6, -23; MQTT 5 3.1.2.11.2].
 *
 * Symptom: Harper sets Session Present for every CONNECT with `clean: false`. It does not read the interval: it removes
 * a session that began clean, and keeps every other session forever.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: for a CONNECT without `clean` Harper creates a durable session, which has a `sessionRecord`; it calls
 * `disconnect` when the connection ends.
 * Delete when Harper reads the interval.
 */
import type { MqttSession } from '../internals.ts';
import type { Connection } from './connection.ts';
import { isDurable } from './durable-form.ts';
import { removeEarlier, removeExpired, SessionRecord, storedSession } from './session-record.ts';
import { isConnected, leaveSession } from './takeover.ts';

/** The Session Expiry Interval of a session that never expires. */
const NEVER_EXPIRES = 0xffff_ffff;
/** How often expired sessions are removed. */
const REMOVAL_PERIOD_MS = 60_000;

const expiries = new WeakMap<Connection, number>();

/** How long a session is kept after the end of its connection, in s. */
export const expiryOf = (connection: Connection) => expiries.get(connection) ?? 0;
export const setExpiry = (connection: Connection, expiry: number) => void expiries.set(connection, expiry);

/** The seconds of a Session Expiry Interval. */
export const secondsOf = (interval: number) => (interval === NEVER_EXPIRES ? Infinity : interval);

/** Call it before Harper creates the session: sets whether that is durable. */
export function chooseSession(connection: Connection): void {
	const { connect, packet } = connection;
	const { clean, protocolVersion, properties } = connect!;
	const isMqtt5 = protocolVersion === 5;
	const interval = properties?.sessionExpiryInterval ?? 0;
	const expiry = isMqtt5 ? secondsOf(interval) : clean ? 0 : Infinity;
	setExpiry(connection, expiry);
	packet!.clean = Boolean(clean) && expiry === 0;
}

/** Call it when Harper has created the session. */
export function prepareSession(connection: Connection, session: MqttSession): void {
	session.sessionWasPresent = false; // otherwise Harper resumes it at once
	const { disconnect } = session;
	let hasEnded = false;
	session.disconnect = () => {
		if (hasEnded) return; // Harper would delete the will of the connection that has the session now
		hasEnded = true;
		const saved = keepOrRemove(connection, session);
		const leave = () => leaveSession(connection, session.sessionId);
		if (saved) void saved.then(leave);
		else leave();
		void disconnect.call(session, true); // ../last-wills.ts publishes the will
	};
}

/**
 * Restores the stored state of a session.
 * @returns whether the session was present
 * @throws when Harper keeps durable sessions in a form that session-record.ts does not know
 */
export async function openSession(
	connection: Connection,
	session: MqttSession,
	wasConnected: boolean
): Promise<boolean> {
	if (!isDurable(session, connection.packet!.clean === true)) {
		await removeEarlier(session.sessionId);
		return false;
	}
	const record = new SessionRecord(session.sessionId, expiryOf(connection));
	const stored = connection.connect!.clean ? undefined : await storedSession(session.sessionId, wasConnected);
	if (connection.isEnded) return false; // what is stored stays
	session.sessionRecord = record;
	session.saveSubscriptions = () => record.setSubscriptions(session.subscriptions);
	if (stored) {
		record.subscriptions = stored.subscriptions ?? [];
		record.options = stored.options ?? {};
	}
	record.update();
	return stored !== undefined;
}

/**
 * Call it when the connection ends: keeps the session for its expiry interval, or removes it.
 * @returns resolves when that is stored; undefined if it is
 */
export function keepOrRemove(connection: Connection, session: MqttSession): Promise<void> | undefined {
	const { sessionRecord: record } = session;
	if (!(record instanceof SessionRecord)) return undefined;
	if (connection.isTakenOver) return void record.close();
	if (!record.hasEnded) record.end(expiryOf(connection));
	return record.saved;
}

/** Call it once for each thread. */
export function removeExpiredSessions(): void {
	setInterval(async () => {
		try {
			await removeExpired(isConnected);
		} catch (cause) {
			logger.error?.('Expired MQTT sessions could not be removed', cause);
		}
	}, REMOVAL_PERIOD_MS).unref();
}
