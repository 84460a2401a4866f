/**
 * Bounds what the subscriptions of an MQTT connection, and the durable sessions of an account, may hold.
 *
 * Symptom: Harper takes any number of filters for each connection, of up to a packet each, holds a subscription for each of
 * them, and stores a durable session with all of its filters, for ever, whenever one is added.
 * Test: test/contract/mqtt-subscriptions.test.ts. Asks Harper for `authorizeClient`, whose error's `code` it answers, that it answers a
 * filter by the `qos` that `addSubscription` returns, and for its table of sessions. Delete when Harper has quotas.
 */
import {
	durableSessions,
	mqttServer,
	type User,
	type Subscription,
	type MqttSession,
	type Packet,
} from './internals.ts';
import { keysOf } from './mqtt/session-key.ts';
import { Refusal } from '../sign/refusal.ts';
import { MAX_DURABLE_SESSIONS, MAX_FILTER_BYTES, MAX_FILTERS } from './bounds.ts';

/** Of MQTT 5. */
const QUOTA_EXCEEDED = 0x97;
/** Of 3.1.1: of a SUBACK, and of a CONNACK, which calls it "server unavailable". */
const FAILURE = 0x80;
const UNAVAILABLE = 3;

/** So many rows of an account are looked at. */
const MAX_ROWS_SCANNED = 10 * MAX_DURABLE_SESSIONS;

/** Call it once for each thread, before durable-sessions.ts, and after last-wills.ts has put the account before the client id. */
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
			return hasRoom(session, filter) ? add(...args) : { qos: isOfMqtt5(filter) ? QUOTA_EXCEEDED : FAILURE };
		};
	});
}

function hasRoom({ subscriptions }: MqttSession, { topic }: Subscription): boolean {
	const others = subscriptions.filter((other) => other.topic !== topic);
	const bytes = others.reduce((sum, other) => sum + Buffer.byteLength(other.topic), Buffer.byteLength(topic));
	return others.length < MAX_FILTERS && bytes <= MAX_FILTER_BYTES;
}

/** A retain handling is in filters of MQTT 5 alone. */
const isOfMqtt5 = ({ rh }: Subscription) => rh !== undefined;

/** @throws {Refusal} with the code of the CONNACK, when a new session would be one too many */
function checkSessions({ clientId, clean, protocolVersion }: Packet, user: User): void {
	if (clean || !clientId || !user?.username) return;
	const store = durableSessions();
	store.resetReadTxn();
	if (store.getEntry(clientId)?.value) return;
	if (!isFull(store, keysOf(user))) return;
	const rule = `an account must have at most ${MAX_DURABLE_SESSIONS} durable sessions`;
	const refusal = new Refusal(`${rule}: connect with a clean session by the client ids that are in use no more`);
	refusal.stack = `${refusal.message}; it is ${user.username}`; // which Harper writes to its log: one line
	throw Object.assign(refusal, { code: protocolVersion === 5 ? QUOTA_EXCEEDED : UNAVAILABLE });
}

/** Reads the rows only when there are as many keys: most accounts have a few. */
function isFull(store: ReturnType<typeof durableSessions>, start: string): boolean {
	const range = { start, end: `${start}\uffff`, limit: MAX_DURABLE_SESSIONS };
	if (store.getKeysCount({ ...range }) < MAX_DURABLE_SESSIONS) return false;
	let [rows, sessions] = [0, 0];
	for (const { value } of store.getRange({ ...range, limit: MAX_ROWS_SCANNED })) {
		rows++;
		if (value) sessions++;
	}
	return sessions >= MAX_DURABLE_SESSIONS || rows >= MAX_ROWS_SCANNED;
}
