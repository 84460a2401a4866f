/**
 * What a subscriber is sent. [MQTT-3.3.1-8, -9, -13] RETAIN is set on the value at a subscription and not on a change, but with
 * Retain As Published, where a change is the retained value, too. [MQTT-3.3.4-3] A message bears the identifier of its
 * subscription. [MQTT-3.1.2-24] What is larger than the client takes is not sent. [MQTT-3.3.4-9] No more publishes are under
 * way than its Receive Maximum.
 *
 * Symptom: RETAIN is never set, the rest is not read. Test: test/contract/mqtt-conformance.test.ts. Asks Harper that it gives a session one
 * listener, and waits for it before it takes the next event. What is not of our streams goes Harper's way.
 * Delete when Harper sets RETAIN and reads the properties of CONNECT.
 */
import type { Socket } from 'node:net';
import { recordSent, type MqttSession } from '../internals.ts';
import { PublishedValue } from './published-value.ts';
import type { Connection } from './connection.ts';
import { generate, headerSize, type Version } from './packets.ts';
import type { Subscription } from './subscriptions.ts';
import { Window } from './window.ts';

/** By row, which goes to many subscribers at once: its packets, by what they differ in. */
const packets = new WeakMap<object, Map<number, Buffer>>();

export function mendDelivery(connection: Connection, session: MqttSession): void {
	const { maximumPacketSize = Infinity, receiveMaximum } = connection.connect!.properties ?? {};
	const window = receiveMaximum ? new Window(receiveMaximum) : undefined;
	const { setListener, acknowledge } = session;
	session.acknowledge = (messageId) => {
		window?.leave(messageId);
		acknowledge.call(session, messageId);
	};
	const send = (topic: string, packet: Buffer, qos: number) => {
		if (connection.isEnded) return false;
		connection.send(packet);
		record(packet.length, qos, topic);
		return writable(connection.tcpSocket);
	};
	const deliver = (topic: string, told: PublishedValue, messageId: number, subscription: Subscription) => {
		const { qos } = subscription;
		const packet = packetOf(connection, topic, told, messageId, subscription);
		if (packet.length > maximumPacketSize) {
			session.acknowledge(messageId); // as if it had been taken
			return true;
		}
		return qos && window ? window.enter(messageId).then(() => send(topic, packet, qos)) : send(topic, packet, qos);
	};
	session.setListener = (listener) =>
		setListener.call(session, (topic, message, messageId, subscription) =>
			message instanceof PublishedValue
				? deliver(topic, message, messageId, subscription as Subscription)
				: listener(topic, message, messageId, subscription)
		);
}

function packetOf(
	connection: Connection,
	topic: string,
	told: PublishedValue,
	id: number,
	subscription: Subscription
): Buffer {
	const { version } = connection;
	const { row, isFirst } = told;
	const { qos, rap = false, identifier } = subscription;
	const retain = isFirst || rap;
	const make = () => publishOf(topic, row, { qos, retain, identifier, version });
	if (!row) return identified(make(), qos, id);
	let ofRow = packets.get(row);
	if (!ofRow) packets.set(row, (ofRow = new Map()));
	// no identifier is 0 [MQTT 5 3.8.2.1.2]
	const key = (identifier ?? 0) * 64 + version * 8 + qos * 2 + Number(retain);
	let packet = ofRow.get(key);
	if (!packet) ofRow.set(key, (packet = make()));
	return identified(packet, qos, id);
}

/** The packet with its identifier, which stands behind the topic [MQTT-2.3.1-1]. */
function identified(packet: Buffer, qos: number, id: number): Buffer {
	if (!qos) return packet;
	const own = Buffer.from(packet);
	const topic = headerSize(own);
	own.writeUInt16BE(id, topic + 2 + own.readUInt16BE(topic));
	return own;
}

interface Shape {
	qos: 0 | 1 | 2;
	retain: boolean;
	identifier: number | undefined;
	version: Version;
}

function publishOf(topic: string, row: object | null, { qos, retain, identifier, version }: Shape): Buffer {
	return generate(
		{
			cmd: 'publish',
			topic,
			payload: JSON.stringify(row),
			qos,
			dup: false,
			retain,
			...(qos && { messageId: 1 }),
			...(identifier !== undefined && { properties: { subscriptionIdentifier: identifier } }),
		},
		version
	);
}

/** How Harper counts what it sends, by QoS. */
const METHODS = ['publish', 'publish,qos=1', 'publish,qos=2'];

function record(bytes: number, qos: number, topic: string): void {
	recordSent(bytes, topic.slice(0, topic.indexOf('/')), METHODS[qos]!);
}

/** @returns whether more can be sent; resolves when the socket takes it */
function writable(socket: Socket): boolean | Promise<boolean> {
	if (!socket.writableNeedDrain) return !socket.closed;
	return new Promise((done) => socket.once('drain', () => done(true)));
}
