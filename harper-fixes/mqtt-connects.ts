/**
 * Refuses a CONNECT whose client id Harper cannot keep, and ends a connection after each refused CONNECT.
 *
 * Symptom: a client id that is longer than a key of the store (60,000 bytes) is an `uncaughtException` at the packet that
 * follows. After a refused CONNECT the connection stays open, for a next one [MQTT-3.2.2-5]. A second CONNECT leaves
 * the first one's subscriptions behind [MQTT-3.1.0-2].
 * Test: test/contract/mqtt-connects.test.ts. Asks Harper for `authorizeClient`, whose error's `code` it answers, and for the events
 * `connection` (before it listens), `connected` and `auth-failed` (before it sends the CONNACK).
 * Delete when Harper does so itself.
 */
import type { EventEmitter } from 'node:events';
import { destroy, mqttServer, type MqttSession, type MqttSocket, type Packet } from './internals.ts';
import { Refusal } from '../sign/refusal.ts';

/** In bytes of UTF-8; of MQTT 3.1.1 a server must take 23. A key of Harper's store has 1,978, of which an account takes some. */
const LONGEST_CLIENT_ID = 256;

/** To be called once for each thread, after whatever else changes a CONNECT: it sees the client id as it was sent. */
export function refuseConnects(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		checkClientId(packet);
		authorizeClient?.(packet, user);
	};
	mqtt.events.on('connection', endAtErrors);
	mqtt.events.on('auth-failed', (_packet, socket) => setImmediate(end, socket)); // after the CONNACK
	mqtt.events.on('connected', endAtSecond);
}

/** What the code of a CONNACK says of a client id: in MQTT 3.1.1, and in 5. */
const NOT_ACCEPTED = { v3: 2, v5: 0x85 };

/** @throws {Refusal} with the code of the CONNACK */
function checkClientId({ clientId = '', clean, protocolVersion = 5 }: Packet): void {
	const isMqtt5 = protocolVersion === 5;
	const rule = `client id must have at most ${LONGEST_CLIENT_ID} bytes without control characters`;
	const size = Buffer.byteLength(clientId);
	const isRight = size <= LONGEST_CLIENT_ID && !/\p{Cc}/u.test(clientId);
	const isMissing = !clientId && !clean && !isMqtt5; // [MQTT-3.1.3-8]
	if (isRight && !isMissing) return;
	const refusal = new Refusal(
		isMissing ? 'client id must not be empty without a clean session' : `${rule}, got ${size} bytes`
	);
	refusal.stack = refusal.message; // which Harper writes to its log: one line
	throw Object.assign(refusal, { code: isMqtt5 ? NOT_ACCEPTED.v5 : NOT_ACCEPTED.v3 });
}

const sessions = new WeakMap<MqttSocket, MqttSession>();

function endAtSecond(session: MqttSession, socket: MqttSocket): void {
	const first = sessions.get(socket);
	sessions.set(socket, session);
	if (!first) return;
	first.disconnect();
	setImmediate(destroy, socket);
}

/** Of an error while a packet is read the connection ends, not more. */
function endAtErrors(socket: MqttSocket): void {
	const emitter: EventEmitter = socket;
	const { emit } = emitter;
	emitter.emit = function (event, ...args) {
		if (event !== 'data' && event !== 'message') return emit.call(socket, event, ...args);
		try {
			return emit.call(socket, event, ...args);
		} catch (error) {
			logger.info?.('An MQTT connection is ended: its packet could not be read', error);
			destroy(socket);
			return true;
		}
	};
}

const end = (socket: MqttSocket) => ('send' in socket ? socket.close() : socket.end());
