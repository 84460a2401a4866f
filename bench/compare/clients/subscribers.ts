/** Subscribers over Server-Sent Events, WebSocket and MQTT. Each calls back with the number of each change that it receives. */
import { once } from 'node:events';
import { request } from 'node:http';
import { WebSocket } from 'ws';
import type { Target } from '../targets/target.ts';
import { findChanges } from './changes.ts';
import { MqttConnection } from './mqtt.ts';
import { openConnections } from './spread.ts';

export type OnChange = (change: number) => void;

export interface Subscriber {
	close(): void;
}

/**
 * Opens `count` streams, evenly among the threads, of all signs or of one sign.
 * @param onChange called with the number of the subscriber, from 0
 */
export async function openStreams(
	target: Target,
	count: number,
	onChange: (subscriber: number, change: number) => void,
	id = ''
): Promise<Subscriber[]> {
	const connections = await openConnections(target, count);
	return Promise.all(
		connections.map(async (connection, n) => {
			const createConnection = () => connection.release();
			const headers = { Accept: 'text/event-stream' };
			const sent = request(`${target.url}/Sign/${id}`, { createConnection, headers }).end();
			const [response] = await once(sent, 'response');
			if (response.statusCode !== 200) throw new Error(`a stream is answered ${response.statusCode}`);
			let rest = '';
			response.setEncoding('latin1').on('data', (part: string) => {
				const text = rest + part;
				const end = text.lastIndexOf('\n\n') + 1;
				rest = text.slice(end);
				findChanges(text.slice(0, end), (change) => onChange(n, change));
			});
			sent.on('error', () => {}); // what it misses is found by count
			return { close: () => void sent.destroy() };
		})
	);
}

export async function openSocket({ url }: Target, id: string, onChange: OnChange): Promise<Subscriber> {
	const socket = new WebSocket(`${url.replace('http', 'ws')}/Sign/${id}`, { perMessageDeflate: false });
	socket.on('error', () => {});
	socket.on('message', (data) => findChanges(String(data), onChange));
	await once(socket, 'open');
	return { close: () => socket.terminate() };
}

/** @param filter by default all signs */
export async function openMqttSubscriber(target: Target, onChange: OnChange, filter = 'Sign/+'): Promise<Subscriber> {
	const connection = await MqttConnection.open(target.mqttUrl);
	await connection.subscribe(filter, (_topic, payload) => findChanges(payload, onChange));
	return connection;
}
