/**
 * [MQTT-3.8.3-3] With No Local a client is not sent what it published itself; a bridge of mosquitto asks for it in MQTT 3.1.1 too.
 *
 * Symptom: it is. Test: test/contract/mqtt-conformance.test.ts. Asks Harper that it publishes by a session's `publish`, and that the
 * context of a subscription has its topic. Delete when Harper reads the option.
 */
import type { Context } from 'harperdb';
import { PublishedValue } from './published-value.ts';
import type { Reader } from './reader.ts';
import { subscriptionOf, type MqttSession, type MqttSocket } from '../internals.ts';
import { writeAs, wroteAlone } from './writers.ts';
import type { Connection } from './connection.ts';

/** The topics that a connection is subscribed to with No Local. */
const topics = new WeakMap<Connection, Set<string>>();
const connections = new WeakMap<MqttSocket, Connection>();

export function mendPublishing(connection: Connection, session: MqttSession): void {
	connections.set(connection.socket, connection);
	const { publish } = session;
	session.publish = (packet, data) => {
		const store = () => publish.call(session, packet, data);
		return topics.has(connection) ? writeAs(connection, store) : store();
	};
}

/** Before a subscription is made. */
export function noteNoLocal(connection: Connection, topic: string, isNoLocal = false): void {
	const noted = topics.get(connection) ?? new Set();
	if (isNoLocal) topics.set(connection, noted.add(topic));
	else noted.delete(topic);
}

const toValue = (row: object | null, isFirst: boolean) => new PublishedValue(row, isFirst);

/** What the stream of an MQTT subscription leaves out, and how it tells a row. */
export function readerOf(context: Context): Reader {
	const { socket, topic } = subscriptionOf(context);
	const connection = connections.get(socket);
	if (!connection || !topics.get(connection)?.has(topic)) return { toValue };
	return { toValue, omits: ({ id, version }) => wroteAlone(connection, id, version) };
}
