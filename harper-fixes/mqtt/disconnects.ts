/**
 * A DISCONNECT whose reason is not 0 does not delete the will [MQTT-3.14.4-3], and a DISCONNECT may change how long the
 * session is kept [MQTT 5 3.14.2.2.2]. In MQTT 3.1.1 a server sends no DISCONNECT; in MQTT 5 it closes the connection
 * after one [MQTT-3.14.0-1].
 *
 * Symptom: after the DISCONNECT of mosquitto_sub, whose reason is 0x04, Harper deletes the will. It does not read the
 * expiry interval. After an error it sends a DISCONNECT to a client of any version, and the connection stays open.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: Harper calls a session's `disconnect` with false when the connection ends without a DISCONNECT.
 * Delete when Harper reads the reason.
 */
import type { IDisconnectPacket } from 'mqtt-packet';
import type { MqttSession } from '../internals.ts';
import type { Action, Connection } from './connection.ts';
import { headerSize, parse, REASON } from './packets.ts';
import { expiryOf, keepOrRemove, secondsOf, setExpiry } from './sessions.ts';

export function receiveDisconnect(connection: Connection, bytes: Buffer): Action {
	const { session } = connection;
	const hasReason = bytes.length > 2 && connection.version === 5;
	if (!session) return 'pass';
	if (!hasReason) return endNormally(connection, session, bytes);
	const expiry = parse<IDisconnectPacket>(bytes, 5).properties?.sessionExpiryInterval;
	if (expiry !== undefined) {
		if (expiry > 0 && expiryOf(connection) === 0) {
			connection.end(REASON.protocolError);
			return 'drop';
		}
		setExpiry(connection, secondsOf(expiry));
	}
	if (bytes[headerSize(bytes)] === REASON.normal) return endNormally(connection, session, bytes);
	connection.end();
	return 'drop';
}

/** Stores the session first: the client may reconnect as soon as its connection is closed. */
function endNormally(connection: Connection, session: MqttSession, bytes: Buffer): Action {
	const saved = keepOrRemove(connection, session);
	if (!saved) return 'pass';
	connection.delay(bytes, saved);
	return 'drop';
}

export function sendDisconnect(connection: Connection, packet: Buffer): undefined {
	const [, length, reason = REASON.failure] = packet;
	connection.end(length ? reason : REASON.failure);
}
