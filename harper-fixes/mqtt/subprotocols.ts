/**
 * [MQTT-6.0.0-3, RFC 6455] A WebSocket that offers several protocols, as browsers' libraries do, or that of MQTT 3.1, speaks MQTT.
 *
 * Symptom: Harper compares the header with `mqtt`, and closes with 1011 what offers `mqtt, mqttv3.1` or `mqttv3.1`.
 * Test: test/contract/mqtt-conformance.test.ts. Asks Harper that `server.ws(…, { runFirst: true })` comes before it looks at the headers,
 * and of the library `ws` that it has answered with the first one that was offered. Delete when Harper reads the list.
 */
import { onWebSocket } from '../internals.ts';

const HEADER = 'sec-websocket-protocol';
const MQTT = ['mqtt', 'mqttv3.1'];

/** To be called once for each thread, after all that look at the header. */
export function acceptSubprotocols(): void {
	onWebSocket((socket, request, completion, next) => {
		const { asObject } = request.headers;
		if (MQTT.includes(socket.protocol)) asObject[HEADER] = 'mqtt';
		return next(socket, request, completion);
	});
}
