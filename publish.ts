/**
 * What becomes of a client's PUBLISH when it is refused or fails, and when there are many. Touches what Harper hands over, no
 * table.
 *
 * - Harper acknowledges a publish over MQTT 3.1.1 also when the server failed to store it, and the client forgets it. Only one
 *   that gets no acknowledgement sends again, when it has connected again [MQTT-4.4.0-1]; in MQTT 5 too, where an
 *   acknowledgement with a reason code of an error is the end of that message. So the connection ends without one.
 * - Harper logs each refused publish with its stack. Here it is a line for each account and burst.
 * - Harper reads on while publishes wait to be stored, as fast as a client sends. Here it waits for them.
 */
import { logBurst } from './log-bursts.ts';
import type { Connection } from './harper-fixes/mqtt/connection.ts';
import { connectionOf } from './harper-fixes/mqtt/front-door.ts';
import { mqttServer, type MqttSession, type MqttSocket, type Packet } from './mqtt.ts';
import { explain, recordRejection } from './rejection.ts';

/** So many publishes of one connection wait to be stored before no more is read from it. */
const MOST_WAITING = 256;

/** A publish that Harper neither acknowledges nor logs. */
const neverSettled = () => new Promise<never>(() => {});

/** To be called once for each thread. */
export function answerPublishes(): void {
	mqttServer()?.events.on('connected', (session, socket) => {
		const connection = connectionOf(socket);
		const publish = slowDown(socket, session.publish.bind(session));
		session.publish = (packet, data) =>
			publish(packet, data).catch((error: Error) => answerFailed(error, packet, session, connection));
	});
}

/** Reads no more from a socket while MOST_WAITING of its publishes wait. */
function slowDown(socket: MqttSocket, publish: MqttSession['publish']): MqttSession['publish'] {
	let waiting = 0;
	return async (packet, data) => {
		if (++waiting === MOST_WAITING) socket.pause();
		try {
			return await publish(packet, data);
		} finally {
			if (--waiting === MOST_WAITING / 2) socket.resume();
		}
	};
}

/** As Harper would, but for what the head of this file says. */
function answerFailed(error: Error, packet: Packet, session: MqttSession, connection: Connection) {
	const { topic, qos, messageId = 0 } = packet;
	const account = session.user?.username;
	const { status, message } = explain(error, topic);
	logBurst('warn', `Refused publishes by ${account}`, `A publish by ${account} to ${topic} is refused: ${message}`);
	recordRejection(error, topic, account);
	if (!qos) return undefined;
	if (status >= 500) {
		connection.end(REASONS[status] ?? SERVER_ERROR);
	} else {
		const id = [messageId >> 8, messageId & 0xff];
		const isMqtt5 = connection.version === 5;
		const rest = isMqtt5 ? [3, ...id, UNSPECIFIED_ERROR] : [2, ...id];
		connection.sendAsHarper(Buffer.from([qos === 2 ? PUBREC : PUBACK, ...rest]));
	}
	return neverSettled();
}

// The first bytes of packets, and reason codes. [MQTT-2.1.2, MQTT-2.4]
const PUBACK = 0x40;
const PUBREC = 0x50;
const UNSPECIFIED_ERROR = 0x80;
const SERVER_ERROR = 0x83;
/** By status. Busy; quota exceeded. */
const REASONS: Record<number, number> = { 503: 0x89, 507: 0x97 };
