/**
 * A packet that is malformed or too large ends the connection before its body is kept, in MQTT 5 with the reason.
 *
 * Symptom: Harper's parser keeps whatever a packet announces (up to 256 MB, also of a CONNECT, so of anyone) until it is complete.
 * Test: test/contract/limits.test.ts, test/faults/memory.test.ts. Delete when Harper has a packet limit, and tells it in the CONNACK.
 */
import { mqttServer } from '../internals.ts';
import { Refusal } from '../../sign/refusal.ts';
import { MAX_PACKET_BYTES } from '../bounds.ts';
import type { InvalidPacket } from '../mqtt-framing.ts';
import { nameOf, type Connection } from './connection.ts';

/** In a fixed header. */
const PUBLISH = 3;
/** A WebSocket's code for a message that is too big. */
const TOO_BIG = 1009;

export function refuseFrame(connection: Connection, { code, kind, size }: InvalidPacket): void {
	const { session, socket } = connection;
	const refusal = new Refusal(`an MQTT packet must have at most ${MAX_PACKET_BYTES} bytes, got ${size}`, 413);
	logger.info?.(`An MQTT connection of ${nameOf(connection)} is ended: ${refusal.message}`);
	if (session && kind === PUBLISH)
		mqttServer()?.events.emit('error', refusal, socket, { cmd: 'publish', topic: '' }, session);
	clearTimeout(connection.late);
	connection.end(code, TOO_BIG, 'an MQTT packet is too large');
}
