/**
 * A packet is sent at once. Symptom: TCP waits for the acknowledgement of one small packet before it sends the next: of the
 * PUBACK of a publish and the row that it made the second came tens of ms later.
 * Test: test/contract/mqtt-conformance.test.ts. Delete when Harper's MQTT sockets have TCP_NODELAY (its WebSockets have).
 */
import type { MqttSocket } from '../internals.ts';

export function sendAtOnce(socket: MqttSocket): void {
	if (!('send' in socket)) socket.setNoDelay(true);
}
