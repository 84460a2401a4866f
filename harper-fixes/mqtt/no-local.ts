/**
 * No Local [MQTT-3.8.3-3]: a client that subscribes with it does not receive its own publishes. A bridge of mosquitto
 * uses it in MQTT 3.1.1 too.
 *
 * Symptom: the client receives its own publishes.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: Harper publishes with a session's `publish`; the context of a subscription has the topic.
 * Delete when Harper reads the option.
 */
import type { Context } from 'harperdb';
import { PublishedValue } from './published-value.ts';
import type { Reader } from './reader.ts';
import { subscriptionOf, type MqttSession, type MqttSocket } from '../internals.ts';
import { isOnlyWriter, writeAs } from './writers.ts';
import type { Connection } from './connection.ts';

/** The topics that a connection has subscribed to with No Local. */
const topics = new WeakMap<Connection, Set<string>>();
const connections = new WeakMap<MqttSocket, Connection>();

/** Records the connection as the writer of its publishes. */
export function recordWriter(connection: Connection, session: MqttSession): void {
	connections.set(connection.socket, connection);
	const { publish } = session;
	session.publish = (packet, data) => {
		const store = () => publish.call(session, packet, data);
		return topics.has(connection) ? writeAs(connection, store) : store();
	};
}

/** Call it before a subscription is created. */
export function setNoLocal(connection: Connection, topic: string, isNoLocal = false): void {
	const ofConnection = topics.get(connection);
	if (isNoLocal) topics.set(connection, (ofConnection ?? new Set()).add(topic));
	else ofConnection?.delete(topic);
}

const toValue = (row: object | null, isFirst: boolean) => new PublishedValue(row, isFirst);

/** How the stream of an MQTT subscription formats rows, and which changes it omits. */
export function readerOf(context: Context): Reader {
	const { socket, topic } = subscriptionOf(context);
	const connection = connections.get(socket);
	if (!connection || !topics.get(connection)?.has(topic)) return { toValue };
	return { toValue, omits: ({ id, version }) => isOnlyWriter(connection, id, version) };
}
