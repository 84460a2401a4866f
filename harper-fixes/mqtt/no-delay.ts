/**
 * Sends each packet at once.
 *
 * Symptom: TCP sends a small packet only after the client has acknowledged the previous one. A publisher gets the row
 * tens of ms after its PUBACK.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Delete when Harper's MQTT sockets have TCP_NODELAY, as its WebSockets have.
 */
import type { MqttSocket } from '../internals.ts';

export function sendAtOnce(socket: MqttSocket): void {
	if (!('send' in socket)) socket.setNoDelay(true);
}
