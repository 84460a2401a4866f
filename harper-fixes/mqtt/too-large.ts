/**
 * Ends the connection when a packet is malformed or too large, before its body is stored; in MQTT 5 with the reason.
 *
 * Symptom: Harper's parser stores an incomplete packet of up to 256 MB, and a CONNECT without a login too.
 * Test: test/contract/limits.test.ts, test/faults/memory.test.ts.
 * Depends on: the event `error`, with which ../failed-publishes.ts records a refused publish.
 * Delete when Harper limits the size of a packet, and announces the limit in the CONNACK.
 */
import { mqttServer } from '../internals.ts';
import { Refusal } from '../../sign/refusal.ts';
import { MAX_PACKET_BYTES } from '../bounds.ts';
import type { InvalidPacket } from '../mqtt-framing.ts';
import { nameOf, type Connection } from './connection.ts';

/** The packet type in a fixed header. */
const PUBLISH = 3;
/** The close code of a WebSocket for "message too big". */
const TOO_BIG = 1009;

export function refuseInvalidPacket(connection: Connection, { code, kind, size }: InvalidPacket): void {
	const { session, socket } = connection;
	const refusal = new Refusal(`an MQTT packet must have at most ${MAX_PACKET_BYTES} bytes, got ${size}`, 413);
	logger.info?.(`An MQTT connection of ${nameOf(connection)} is ended: ${refusal.message}`);
	if (session && kind === PUBLISH)
		mqttServer()?.events.emit('error', refusal, socket, { cmd: 'publish', topic: '' }, session);
	clearTimeout(connection.connectTimer);
	connection.end(code, TOO_BIG, 'an MQTT packet is too large');
}
