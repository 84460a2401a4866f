/**
 * Connections that are evenly distributed among the threads of a server. The kernel distributes them by chance, and so a
 * server with two threads would be measured with one of them half idle.
 */
import { watchThreads } from '../../processes.ts';
import type { Target } from '../targets/target.ts';
import { HttpConnection } from './http.ts';
import { MqttConnection } from './mqtt.ts';

/** How many more connections than wanted are tried. */
const MOST_TRIES = 500;
const PINGS = 500;

export function openConnections({ url, threads }: Target, count: number): Promise<HttpConnection[]> {
	const threadOf = async (connection: HttpConnection) =>
		(JSON.parse(await connection.request('GET', '/Thread/')) as { threadId: number }).threadId;
	return spread({ threads, count, open: () => HttpConnection.open(url), threadOf });
}

/** MQTT has no way to ask for the thread: the one that answers many pings is the one that uses CPU meanwhile. */
export function openMqttConnections({ mqttUrl, threads, parts }: Target, count: number): Promise<MqttConnection[]> {
	const threadOf = async (connection: MqttConnection) => {
		const busiest = watchThreads(parts[0]!.pid());
		await connection.ping(PINGS);
		return busiest();
	};
	return spread({ threads, count, open: () => MqttConnection.open(mqttUrl), threadOf });
}

interface Spread<Connection> {
	threads: number;
	count: number;
	open(): Promise<Connection>;
	threadOf(connection: Connection): Promise<unknown>;
}

async function spread<Connection extends { close(): void }>(how: Spread<Connection>): Promise<Connection[]> {
	const { threads, count, open, threadOf } = how;
	if (threads === 1) return Promise.all(Array.from({ length: count }, open));
	const most = Math.ceil(count / threads);
	const countOf = new Map<unknown, number>();
	const connections: Connection[] = [];
	for (let tries = 0; connections.length < count; tries++) {
		if (tries > count + MOST_TRIES) throw new Error(`only ${countOf.size} of ${threads} threads take connections`);
		const connection = await open();
		const thread = await threadOf(connection);
		const taken = countOf.get(thread) ?? 0;
		if (taken < most) {
			countOf.set(thread, taken + 1);
			connections.push(connection);
		} else connection.close();
	}
	return connections;
}

export const closeAll = (connections: { close(): void }[]) => {
	for (const connection of connections) connection.close();
};
