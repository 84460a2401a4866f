/**
 * Formats the publishes for a subscriber. RETAIN is set on the value at a subscription, not on a change; with Retain As
 * Published on a change too, since each change is the retained value [MQTT-3.3.1-8, -9, -13]. A publish has the
 * identifier of its subscription [MQTT-3.3.4-3]. A packet that is larger than the client accepts is not sent
 * [MQTT-3.1.2-24]. The client never has more unacknowledged publishes than its Receive Maximum [MQTT-3.3.4-9].
 *
 * Symptom: Harper never sets RETAIN, and does not read the properties for the rest.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: Harper gives a session one listener, and awaits it before the next event. The listener of Harper sends
 * every event that is not a `PublishedValue`.
 * Delete when Harper sets RETAIN, and reads the properties of CONNECT.
 */
import type { Socket } from 'node:net';
import { recordSent, type MqttSession } from '../internals.ts';
import { PublishedValue } from './published-value.ts';
import type { Connection } from './connection.ts';
import { generate, headerSize, type Version } from './packets.ts';
import type { Subscription } from './subscriptions.ts';
import { Window } from './window.ts';

/** The packets of a row, which many subscribers receive at once, by the key of `packetOf`. */
const packetsOf = new WeakMap<object, Map<number, Buffer>>();

/** Sends the events of a session instead of Harper. */
export function deliverEvents(connection: Connection, session: MqttSession): void {
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
	const deliver = (topic: string, value: PublishedValue, messageId: number, subscription: Subscription) => {
		const { qos } = subscription;
		const packet = packetOf(connection, topic, value, messageId, subscription);
		if (packet.length > maximumPacketSize) {
			session.acknowledge(messageId); // as if the client had acknowledged it
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
	value: PublishedValue,
	id: number,
	subscription: Subscription
): Buffer {
	const { version } = connection;
	const { row, isFirst } = value;
	const { qos, rap = false, identifier } = subscription;
	const retain = isFirst || rap;
	const generateOne = () => publishOf(topic, row, { qos, retain, identifier, version });
	if (!row) return withIdentifier(generateOne(), qos, id);
	let packets = packetsOf.get(row);
	if (!packets) packetsOf.set(row, (packets = new Map()));
	// 0 is not a valid identifier [MQTT 5 3.8.2.1.2]
	const key = (identifier ?? 0) * 64 + version * 8 + qos * 2 + Number(retain);
	let packet = packets.get(key);
	if (!packet) packets.set(key, (packet = generateOne()));
	return withIdentifier(packet, qos, id);
}

/** Copies a packet, and sets its packet identifier, which follows the topic [MQTT-2.3.1-1]. */
function withIdentifier(packet: Buffer, qos: number, id: number): Buffer {
	if (!qos) return packet;
	const copy = Buffer.from(packet);
	const topic = headerSize(copy);
	copy.writeUInt16BE(id, topic + 2 + copy.readUInt16BE(topic));
	return copy;
}

interface PublishOptions {
	qos: 0 | 1 | 2;
	retain: boolean;
	identifier: number | undefined;
	version: Version;
}

function publishOf(topic: string, row: object | null, { qos, retain, identifier, version }: PublishOptions): Buffer {
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

/** The names under which Harper counts sent publishes, by QoS. */
const METHODS = ['publish', 'publish,qos=1', 'publish,qos=2'];

function record(bytes: number, qos: number, topic: string): void {
	recordSent(bytes, topic.slice(0, topic.indexOf('/')), METHODS[qos]!);
}

/** @returns whether the socket is open; waits until its buffer is empty if that is full */
function writable(socket: Socket): boolean | Promise<boolean> {
	if (!socket.writableNeedDrain) return !socket.closed;
	return new Promise((done) => socket.once('drain', () => done(true)));
}
