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
import { headerSize, REASON } from './packets.ts';

/** How many sessions without a connection have their identifiers kept. */
const MAX_KEPT_SESSIONS = 10_000;

/** The messages that were received, by packet identifier, until PUBREL. */
type Received = Map<number, 'storing' | 'stored'>;

const received = new WeakMap<Connection, Received>();
/** By session: the messages of its last connection. */
const kept = new Map<string, Received>();

/** The packet identifiers of the messages that are stored. */
export const receivedBy = (connection: Connection): number[] =>
	[...(received.get(connection) ?? [])].filter(([, state]) => state === 'stored').map(([id]) => id);

/** Keeps the identifiers of another thread: the next connection of the session may be on this one. */
export function rememberReceived(sessionId: string, ids: number[]): void {
	if (ids.length) keep(sessionId, new Map(ids.map((id) => [id, 'stored'])));
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
	const ids = received.get(connection) ?? new Map();
	received.set(connection, ids);
	const topic = headerSize(packet);
	const id = packet.readUInt16BE(topic + 2 + packet.readUInt16BE(topic));
	const state = ids.get(id);
	if (!state) {
		ids.set(id, 'storing');
		return 'pass';
	}
	if (state === 'stored') connection.send(Buffer.from([0x50, 2, id >> 8, id & 0xff]));
	return 'drop'; // if it is still being stored, Harper sends the PUBREC later
}

export function receivePubrel(connection: Connection, packet: Buffer): Action {
	received.get(connection)?.delete(packet.readUInt16BE(headerSize(packet)));
	return 'pass';
}

export function sendPubrec(connection: Connection, packet: Buffer): Buffer {
	const id = packet.readUInt16BE(2);
	const isRefused = packet.length > 4 && packet[4]! >= REASON.failure; // MQTT 5: no PUBREL follows
	if (isRefused) received.get(connection)?.delete(id);
	else received.get(connection)?.set(id, 'stored');
	return packet;
}
