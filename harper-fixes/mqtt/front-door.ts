/**
 * The front door: what stands between the sockets of MQTT (TCP, TLS, WebSocket) and Harper. Each cure of this folder has the
 * statement of the standard that it fulfils; here is which packets they ask for. `docs/limits.md` has what is not mended.
 *
 * Asks Harper for `server.mqtt.events`: `connection` before it listens to a socket, `connected` before it sends the CONNACK; and
 * for `authorizeClient`, before it makes the session.
 * Delete when the folder has no cure.
 */
import type { MqttSession } from '../internals.ts';
import { destroy, mqttServer, type MqttSocket } from '../internals.ts';
import { acceptance, refuse } from './connack.ts';
import { Connection, connecting, type Cures, type Receive, type Send } from './connection.ts';
import { awaitConnect, receiveConnect } from './connects.ts';
import { mendDelivery } from './deliver.ts';
import { receiveDisconnect, sendDisconnect } from './disconnects.ts';
import { continueReceived, receiveOnce, receivePubrel, sendPubrec } from './exactly-once.ts';
import { sendAtOnce } from './no-delay.ts';
import { mendPublishing } from './no-local.ts';
import * as packets from './packets.ts';
import { chooseSession, openSession, prepareSession, removeExpiredSessions } from './sessions.ts';
import { mendSubscriptions, receiveSubscribe, sendGranted } from './subscriptions.ts';
import { shareSessions, take } from './takeover.ts';
import { refuseFrame } from './too-large.ts';

const connections = new WeakMap<MqttSocket, Connection>();

/** The connection of a socket that Harper has emitted. */
export const connectionOf = (socket: MqttSocket): Connection => connections.get(socket)!;

const received: Cures['received'] = Array<Receive | undefined>(256);
received[packets.CONNECT] = receiveConnect;
received[packets.SUBSCRIBE] = received[packets.UNSUBSCRIBE] = receiveSubscribe;
received[packets.DISCONNECT] = receiveDisconnect;
received[packets.PUBREL] = receivePubrel;
for (const publish of packets.PUBLISHES_ONCE) received[publish] = receiveOnce;

const sent: Cures['sent'] = Array<Send | undefined>(16);
sent[packets.CONNACK] = sendConnack;
sent[packets.PUBREC] = sendPubrec;
sent[packets.SUBACK] = sent[packets.UNSUBACK] = sendGranted;
sent[packets.SERVER_DISCONNECT] = sendDisconnect;

const cures: Cures = {
	received,
	sent,
	refused: refuseFrame,
	failed(connection, error) {
		logger.info?.('An MQTT connection is ended: its packet could not be read', error);
		connection.end(packets.REASON.malformed);
	},
};

/** To be called once for each thread, before whatever else listens to these events. */
export function openFrontDoor(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	mqtt.events.on('connection', (socket) => {
		const connection = new Connection(socket, cures);
		connections.set(socket, connection);
		awaitConnect(connection);
		sendAtOnce(socket);
	});
	mqtt.events.on('connected', (session, socket) => {
		const connection = connectionOf(socket);
		connection.session = session;
		prepareSession(connection, session);
		mendSubscriptions(connection, session);
		mendDelivery(connection, session);
		mendPublishing(connection, session);
	});
	shareSessions();
	removeExpiredSessions();
}

/** To be called once for each thread, after whatever else changes a CONNECT: it sees the client id as it was sent. */
export function nameClients(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		const connection = connecting.getStore()!;
		connection.packet = packet;
		packet.clientId ||= crypto.randomUUID();
		connection.givenId = connection.connect!.clientId ? undefined : packet.clientId;
		chooseSession(connection);
		authorizeClient?.(packet, user);
	};
}

function sendConnack(connection: Connection, packet: Buffer): undefined {
	const [, , , code = 0] = packet;
	if (code || !connection.session) return void refuse(connection, code);
	accept(connection, connection.session).catch((error: unknown) => {
		logger.error?.('An MQTT session could not be opened', error);
		destroy(connection.socket);
		connection.stop();
	});
}

/** The steps of a CONNECT that Harper has accepted. */
async function accept(connection: Connection, session: MqttSession): Promise<void> {
	const { sessionId } = session;
	const wasLive = await take(connection, sessionId);
	const isPresent = await openSession(connection, session, wasLive);
	continueReceived(connection, sessionId, isPresent);
	if (connection.isEnded) return; // another connection has it
	connection.open(acceptance(connection, isPresent, connection.givenId));
	if (isPresent) await session.resume();
	connection.release();
}
