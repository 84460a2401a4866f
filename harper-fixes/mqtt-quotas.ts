/**
 * Limits the subscriptions of an MQTT connection, and the durable sessions of an account.
 *
 * Symptom: Harper accepts any number of filters for each connection, each as long as a packet, and creates a
 * subscription for each. Whenever a filter is added it stores the durable session with all of its filters, without an
 * end.
 * Test: test/contract/mqtt-subscriptions.test.ts.
 * Depends on: the `code` of an error thrown by `authorizeClient` is sent in the CONNACK; the `qos` returned by
 * `addSubscription` is sent in the SUBACK; the session table.
 * Delete when Harper has quotas.
 */
import {
	durableSessions,
	mqttServer,
	type User,
	type Subscription,
	type MqttSession,
	type Packet,
} from './internals.ts';
import { REASON, RETURN_CODE } from './mqtt/packets.ts';
import { keysOf } from './mqtt/session-key.ts';
import { Refusal } from '../sign/refusal.ts';
import { MAX_DURABLE_SESSIONS, MAX_FILTER_BYTES, MAX_FILTERS } from './bounds.ts';

/** Rows scanned at most, removed ones included. */
const MAX_ROWS_SCANNED = 10 * MAX_DURABLE_SESSIONS;

/**
 * Call it once for each thread, before durable-sessions.ts, and after last-wills.ts: a client id must have the account
 * before it.
 */
export function boundSubscriptions(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		authorizeClient?.(packet, user);
		checkSessions(packet, user);
	};
	mqtt.events.on('connected', (session) => {
		const add = session.addSubscription.bind(session);
		session.addSubscription = async (...args) => {
			const filter = args[0];
			return hasRoom(session, filter)
				? add(...args)
				: { qos: isOfMqtt5(filter) ? REASON.quotaExceeded : REASON.failure };
		};
	});
}

function hasRoom({ subscriptions }: MqttSession, { topic }: Subscription): boolean {
	const others = subscriptions.filter((other) => other.topic !== topic);
	const bytes = others.reduce((sum, other) => sum + Buffer.byteLength(other.topic), Buffer.byteLength(topic));
	return others.length < MAX_FILTERS && bytes <= MAX_FILTER_BYTES;
}

/** Only MQTT 5 filters have a retain handling. */
const isOfMqtt5 = ({ rh }: Subscription) => rh !== undefined;

/** @throws {Refusal} with the code of the CONNACK, when the account has too many sessions for a new one */
function checkSessions({ clientId, clean, protocolVersion }: Packet, user: User): void {
	if (clean || !clientId || !user?.username) return;
	const store = durableSessions();
	store.resetReadTxn?.();
	if (store.getEntry(clientId)?.value) return;
	if (!isFull(store, keysOf(user))) return;
	const rule = `an account must have at most ${MAX_DURABLE_SESSIONS} durable sessions`;
	const refusal = new Refusal(`${rule}: connect with a clean session under each client id that is no longer used`);
	refusal.stack = `${refusal.message}; it is ${user.username}`; // Harper logs `stack`; keep it to one line
	throw Object.assign(refusal, { code: protocolVersion === 5 ? REASON.quotaExceeded : RETURN_CODE.unavailable });
}

/**
 * Whether an account has the maximum of sessions. Counts the keys first, since most accounts have few, and removed rows
 * keep theirs.
 */
function isFull(store: ReturnType<typeof durableSessions>, start: string): boolean {
	// a key begins with the account and a slash; the zero is the next character
	const range = { start, end: `${start.slice(0, -1)}0`, limit: MAX_DURABLE_SESSIONS };
	if (store.getKeysCount({ ...range }) < MAX_DURABLE_SESSIONS) return false;
	let [rows, sessions] = [0, 0];
	for (const { value } of store.getRange({ ...range, limit: MAX_ROWS_SCANNED })) {
		rows++;
		if (value) sessions++;
	}
	return sessions >= MAX_DURABLE_SESSIONS || rows >= MAX_ROWS_SCANNED;
}
