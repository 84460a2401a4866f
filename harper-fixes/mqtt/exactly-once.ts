/**
 * QoS 2 [MQTT-4.3.3-10]: a PUBLISH that the client repeats before its PUBREL is the same message, also in the next
 * connection of the session. The identifiers are kept in memory: after a restart of the server a repeated PUBLISH is
 * stored again.
 *
 * Symptom: Harper stores the repeated PUBLISH again, and the revision increases twice.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: Harper sends PUBREC after it has stored the message.
 * Delete when Harper keeps the identifiers of the messages that it has received.
 */
import type { Action, Connection } from './connection.ts';
import { acknowledgementOf, headerSize, REASON } from './packets.ts';

/** How many sessions without a connection have their identifiers kept. */
const MAX_KEPT_SESSIONS = 1_000;

/** How many messages of a connection may wait for their PUBREL; MQTT 5 is told it as the Receive Maximum. */
export const MAX_UNRELEASED = 1_000;

/** A message at QoS 2 until its PUBREL. */
interface Message {
	isStored: boolean;
	/** The connection that has sent it again while it is being stored. */
	repeatedBy?: Connection;
}

/** By packet identifier. */
type Received = Map<number, Message>;

const received = new WeakMap<Connection, Received>();
/** By session: the messages of its last connection. */
const kept = new Map<string, Received>();

/** The packet identifiers of the messages that are stored. */
export const receivedBy = (connection: Connection): number[] =>
	[...(received.get(connection) ?? [])].filter(([, { isStored }]) => isStored).map(([id]) => id);

/** Keeps the identifiers of another thread: the next connection of the session may be on this one. */
export function rememberReceived(sessionId: string, ids: number[]): void {
	if (ids.length) keep(sessionId, new Map(ids.map((id) => [id, { isStored: true }])));
}

function keep(sessionId: string, ids: Received): void {
	kept.delete(sessionId);
	kept.set(sessionId, ids);
	if (kept.size > MAX_KEPT_SESSIONS) kept.delete(kept.keys().next().value!);
}

/** Call it when a session gets a connection. `isPresent`: the session existed before. */
export function continueReceived(connection: Connection, sessionId: string, isPresent: boolean): void {
	const before = kept.get(sessionId);
	kept.delete(sessionId);
	if (isPresent && before) received.set(connection, before);
}

/**
 * Call it when the connection of a session has ended. A message that is still being stored becomes `stored` when Harper
 * answers it.
 */
export function keepReceived(connection: Connection, sessionId: string): void {
	const ids = received.get(connection);
	if (ids?.size) keep(sessionId, ids);
}

export function receiveOnce(connection: Connection, packet: Buffer): Action {
	const ids: Received = received.get(connection) ?? new Map();
	received.set(connection, ids);
	const topic = headerSize(packet);
	const id = packet.readUInt16BE(topic + 2 + packet.readUInt16BE(topic));
	const message = ids.get(id);
	if (!message && ids.size >= MAX_UNRELEASED) {
		connection.end(REASON.receiveMaximumExceeded);
		return 'drop';
	}
	if (!message) {
		ids.set(id, { isStored: false });
		return 'pass';
	}
	if (message.isStored) connection.send(acknowledgementOf(2, id));
	else message.repeatedBy = connection; // Harper answers the connection that sent it first
	return 'drop';
}

/** Call it when a message could not be stored and is not answered: its client sends it again. */
export const forgetReceived = (connection: Connection, id: number) => void received.get(connection)?.delete(id);

export function receivePubrel(connection: Connection, packet: Buffer): Action {
	received.get(connection)?.delete(packet.readUInt16BE(headerSize(packet)));
	return 'pass';
}

export function sendPubrec(connection: Connection, packet: Buffer): Buffer {
	const start = headerSize(packet);
	const id = packet.readUInt16BE(start);
	const reason = packet[start + 2] ?? 0;
	const isRefused = reason >= REASON.failure; // MQTT 5: no PUBREL follows
	const message = received.get(connection)?.get(id);
	if (isRefused) forgetReceived(connection, id);
	else if (message) message.isStored = true;
	const { repeatedBy } = message ?? {};
	// without the Reason String, which another connection may not want
	if (repeatedBy && repeatedBy !== connection) repeatedBy.send(acknowledgementOf(2, id, reason || undefined));
	return packet;
}
