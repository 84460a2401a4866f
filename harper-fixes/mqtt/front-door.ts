/**
 * Connects the cures of this folder to Harper, between its MQTT sockets (TCP, TLS, WebSocket) and its sessions. The
 * header of each cure has the statements of the standard that it fulfils; docs/limits.md has what is not cured.
 *
 * Depends on: `server.mqtt.events` emits `connection` before Harper listens to a socket, and `connected` before Harper
 * sends the CONNACK; Harper calls `authorizeClient` before it creates the session.
 * Delete when this folder has no cure.
 */
import type { MqttSession } from '../internals.ts';
import { destroy, mqttServer, type MqttSocket } from '../internals.ts';
import { acceptance, refuse } from './connack.ts';
import { Connection, connecting, type Cures, type Receive, type Send } from './connection.ts';
import { awaitConnect, receiveConnect } from './connects.ts';
import { deliverEvents } from './deliver.ts';
import { receiveDisconnect, sendDisconnect } from './disconnects.ts';
import { continueReceived, receiveOnce, receivePubrel, sendPubrec } from './exactly-once.ts';
import { sendAtOnce } from './no-delay.ts';
import { recordWriter } from './no-local.ts';
import * as packets from './packets.ts';
import { chooseSession, openSession, prepareSession, removeExpiredSessions } from './sessions.ts';
import { handleSubscriptions, receiveSubscribe, sendSuback } from './subscriptions.ts';
import { shareSessions, takeSession } from './takeover.ts';
import { refuseInvalidPacket } from './too-large.ts';

const connections = new WeakMap<MqttSocket, Connection>();

/** The connection of a socket, after the event `connection`. */
export const connectionOf = (socket: MqttSocket): Connection => connections.get(socket)!;

const received: Cures['received'] = Array<Receive | undefined>(256);
received[packets.CONNECT] = receiveConnect;
received[packets.SUBSCRIBE] = received[packets.UNSUBSCRIBE] = receiveSubscribe;
received[packets.DISCONNECT] = receiveDisconnect;
received[packets.PUBREL] = receivePubrel;
for (const publish of packets.PUBLISHES_AT_QOS_2) received[publish] = receiveOnce;

const sent: Cures['sent'] = Array<Send | undefined>(16);
sent[packets.CONNACK] = sendConnack;
sent[packets.PUBREC] = sendPubrec;
sent[packets.SUBACK] = sent[packets.UNSUBACK] = sendSuback;
sent[packets.SERVER_DISCONNECT] = sendDisconnect;

const cures: Cures = {
	received,
	sent,
	onInvalid: refuseInvalidPacket,
	onError(connection, error) {
		logger.info?.('An MQTT connection is ended: its packet could not be read', error);
		connection.end(packets.REASON.malformed);
	},
};

/** Call it once for each thread, before everything else that listens to these events. */
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
		handleSubscriptions(connection, session);
		deliverEvents(connection, session);
		recordWriter(connection, session);
	});
	shareSessions();
	removeExpiredSessions();
}

/**
 * Call it once for each thread, after everything else that wraps `authorizeClient`: it must get the client id as the
 * client sent it.
 */
export function nameClients(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		const connection = connecting.getStore()!;
		connection.packet = packet;
		packet.clientId ||= crypto.randomUUID();
		connection.assignedClientId = connection.connect!.clientId ? undefined : packet.clientId;
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

/** The steps after Harper has accepted a CONNECT. */
async function accept(connection: Connection, session: MqttSession): Promise<void> {
	const { sessionId } = session;
	// it may end at each step, by its client or by a takeover
	if (connection.isEnded) return session.disconnect(false);
	const wasConnected = await takeSession(connection, sessionId);
	if (connection.isEnded) return session.disconnect(false);
	const isPresent = await openSession(connection, session, wasConnected);
	if (connection.isEnded) return session.disconnect(false);
	continueReceived(connection, sessionId, isPresent);
	connection.open(acceptance(connection, isPresent, connection.assignedClientId));
	if (isPresent) await session.resume();
	connection.release();
}
