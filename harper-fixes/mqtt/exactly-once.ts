/**
 * [MQTT-4.3.3-10] A PUBLISH at QoS 2 that is repeated before its PUBREL is the same message, also in the next connection of the
 * session.
 *
 * Symptom: it is stored again, and the revision counts twice. Test: test/contract/mqtt-conformance.test.ts. Asks Harper that it sends
 * PUBREC when it has stored. Kept in memory: after a restart of the server a repeated one is stored again.
 * Delete when Harper keeps the identifiers of what it has received.
 */
import type { Connection, Fate } from './connection.ts';
import { headerSize, REASON } from './packets.ts';

/** Sessions without a connection whose identifiers are kept, at most. */
const MOST_KEPT = 10_000;

/** What was received, by the identifier of its packet, until PUBREL. */
type Received = Map<number, 'storing' | 'stored'>;

const received = new WeakMap<Connection, Received>();
/** By session. */
const kept = new Map<string, Received>();

/** Those that are stored. */
export const receivedBy = (connection: Connection): number[] =>
	[...(received.get(connection) ?? [])].filter(([, state]) => state === 'stored').map(([id]) => id);

/** For the next connection of the session, which may be on this thread. */
export function rememberReceived(sessionId: string, ids: number[]): void {
	if (ids.length) keep(sessionId, new Map(ids.map((id) => [id, 'stored'])));
}

function keep(sessionId: string, ids: Received): void {
	kept.delete(sessionId);
	kept.set(sessionId, ids);
	if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
}

/** A session has this connection now. */
export function continueReceived(connection: Connection, sessionId: string, isPresent: boolean): void {
	const before = kept.get(sessionId);
	kept.delete(sessionId);
	if (isPresent && before) received.set(connection, before);
}

/** Its connection has ended. What is being stored will be answered, if it is, and counts then. */
export function keepReceived(connection: Connection, sessionId: string): void {
	const ids = received.get(connection);
	if (ids?.size) keep(sessionId, ids);
}

export function receiveOnce(connection: Connection, packet: Buffer): Fate {
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
	return 'drop'; // while it is being stored its PUBREC is still to come
}

export function receivePubrel(connection: Connection, packet: Buffer): Fate {
	received.get(connection)?.delete(packet.readUInt16BE(headerSize(packet)));
	return 'pass';
}

export function sendPubrec(connection: Connection, packet: Buffer): Buffer {
	const id = packet.readUInt16BE(2);
	const isRefused = packet.length > 4 && packet[4]! >= REASON.failure; // MQTT 5: that is the end of it
	if (isRefused) received.get(connection)?.delete(id);
	else received.get(connection)?.set(id, 'stored');
	return packet;
}
