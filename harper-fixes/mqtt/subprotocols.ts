/**
 * A WebSocket that offers several subprotocols, as browser libraries do, or that of MQTT 3.1, speaks MQTT
 * [MQTT-6.0.0-3, RFC 6455].
 *
 * Symptom: Harper compares the whole header with `mqtt`, and closes a WebSocket that offers `mqtt, mqttv3.1` or
 * `mqttv3.1` with 1011.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: Harper calls a listener of `server.ws(…, { runFirst: true })` before it reads the header; the library
 * `ws` accepts the first subprotocol of the offer.
 * Delete when Harper reads the list of subprotocols.
 */
import { onWebSocket } from '../internals.ts';

const HEADER = 'sec-websocket-protocol';
const MQTT = ['mqtt', 'mqttv3.1'];

/** Call it once for each thread, after everything else that reads the header. */
export function acceptSubprotocols(): void {
	onWebSocket((socket, request, completion, next) => {
		const { asObject } = request.headers;
		if (MQTT.includes(socket.protocol)) asObject[HEADER] = 'mqtt';
		return next(socket, request, completion);
	});
}
