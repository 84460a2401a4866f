/**
 * [MQTT-3.14.4-3] A DISCONNECT with another reason than 0 does not take the will back. [MQTT 5 3.14.2.2.2] It may change how long
 * the session is kept. [MQTT-3.14.0-1] MQTT 3.1.1 has no DISCONNECT of a server, and after one of MQTT 5 the connection is closed.
 *
 * Symptom: mosquitto_sub's DISCONNECT, 0x04, drops the will; the expiry is not read; after an error Harper sends any version a
 * DISCONNECT, and the connection stays open.
 * Test: test/contract/mqtt-conformance.test.ts. Asks Harper that a connection that ends without a DISCONNECT ends so for its session.
 * Delete when Harper reads the reason.
 */
import type { IDisconnectPacket } from 'mqtt-packet';
import type { MqttSession } from '../internals.ts';
import type { Connection, Fate } from './connection.ts';
import { headerSize, parse, REASON } from './packets.ts';
import { expiryOf, keepOrForget, secondsOf, setExpiry } from './sessions.ts';

export function receiveDisconnect(connection: Connection, bytes: Buffer): Fate {
	const { session } = connection;
	const hasReason = bytes.length > 2 && connection.version === 5;
	if (!session) return 'pass';
	if (!hasReason) return endProperly(connection, session, bytes);
	const expiry = parse<IDisconnectPacket>(bytes, 5).properties?.sessionExpiryInterval;
	if (expiry !== undefined) {
		if (expiry > 0 && expiryOf(connection) === 0) {
			connection.end(REASON.protocolError);
			return 'drop';
		}
		setExpiry(connection, secondsOf(expiry));
	}
	if (bytes[headerSize(bytes)] === REASON.normal) return endProperly(connection, session, bytes);
	connection.end();
	return 'drop';
}

/** A client that sees its connection closed can come back at once: its session is stored before. */
function endProperly(connection: Connection, session: MqttSession, bytes: Buffer): Fate {
	const saved = keepOrForget(connection, session);
	if (!saved) return 'pass';
	connection.delay(bytes, saved);
	return 'drop';
}

export function sendDisconnect(connection: Connection, packet: Buffer): undefined {
	const [, length, reason = REASON.failure] = packet;
	connection.end(length ? reason : REASON.failure);
}
