/**
 * The clients of the benchmark: viewers (SSE on all signs), writers (REST, MQTT) and devices, each with real connections.
 * A subscriber stores the last row that it received of each sign, to be compared with the table.
 */
import { Agent, request, type ClientRequest } from 'node:http';
import { once } from 'node:events';
import { createParser } from 'eventsource-parser';
import mqtt, { type MqttClient } from 'mqtt';
import { SignDevice, type Display } from '../device/device.ts';
import type { Change, SignJson } from '../sign/fields.ts';

export interface Subscriber {
	name: string;
	/** The row that it received last of a sign; `null` after a removal. */
	lastRow(id: string): SignJson | null | undefined;
	/** Whether the subscriber itself will write nothing more because of this row, as a device does to report it. */
	isFinal(row: SignJson): boolean;
	close(): Promise<void>;
}

/** Called with each row that a subscriber receives, and the row of that sign that it received before. */
export type OnRow = (row: SignJson, before: SignJson | null | undefined) => void;

/** Writes one change, and resolves when it is acknowledged. */
export type Write = (id: string, change: Change) => Promise<void>;

export interface Writer {
	write: Write;
	close(): Promise<void>;
}

/** A viewer of all signs over SSE. Resolves when the server answers. @throws when it does not answer 200 */
export async function openViewer(url: string, name: string, onRow: OnRow): Promise<Subscriber> {
	const rows = new Map<string, SignJson>();
	const subscription = request(`${url}/Sign/`, { agent: false, headers: { Accept: 'text/event-stream' } }).end();
	const [response] = await once(subscription, 'response');
	if (response.statusCode !== 200) throw new Error(`${name} is answered ${response.statusCode}`);
	const parser = createParser({
		onEvent({ event, data }) {
			if (event === 'heartbeat') return;
			const row = JSON.parse(data).value as SignJson | null;
			if (!row) return;
			onRow(row, rows.get(row.id));
			rows.set(row.id, row);
		},
	});
	response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
	subscription.on('error', () => {}); // missed events are found later, when its rows are compared with the table
	return { name, lastRow: (id) => rows.get(id), isFinal: () => true, close: () => end(subscription) };
}

async function end(subscription: ClientRequest): Promise<void> {
	const closed = once(subscription, 'close');
	subscription.destroy();
	await closed;
}

/** Writes with REST PATCH, over up to `connections` connections. */
export function openRestWriter(url: string, connections: number): Writer {
	const agent = new Agent({ keepAlive: true, maxSockets: connections });
	const write: Write = (id, change) =>
		new Promise((done, fail) => {
			const headers = { 'Content-Type': 'application/json' };
			const patch = request(`${url}/Sign/${id}`, { method: 'PATCH', agent, headers }, (response) => {
				response.resume().on('end', () => {
					if (response.statusCode! < 300) done();
					else fail(new Error(`PATCH of ${id} is answered ${response.statusCode}`));
				});
			});
			patch.on('error', fail).end(JSON.stringify(change));
		});
	return { write, close: async () => agent.destroy() };
}

/** Writes with MQTT publishes of QoS 1 without retain, over `connections` connections in turn. */
export async function openMqttWriter(url: string, connections: number): Promise<Writer> {
	const options = { protocolVersion: 5, reconnectPeriod: 0 } as const;
	const clients = await Promise.all(
		Array.from({ length: connections }, (): Promise<MqttClient> => mqtt.connectAsync(url, options))
	);
	let next = 0;
	const write: Write = async (id, change) => {
		await clients[next++ % connections]!.publishAsync(`Sign/${id}`, JSON.stringify(change), { qos: 1 });
	};
	return { write, close: async () => void (await Promise.all(clients.map((client) => client.endAsync()))) };
}

/** The reference device, with a display that shows each row at once. @param onFailure called with the reason */
export function openDevice(url: string, id: string, onRow: OnRow, onFailure: (reason: string) => void): Subscriber {
	let before: SignJson | null;
	const display: Display = {
		show(row) {
			if (row) onRow(row, before);
			before = row;
		},
		connected: () => {},
		disconnected: (reason) => onFailure(`device ${id} lost its connection: ${reason}`),
		refused: (reason) => onFailure(`device ${id} was refused: ${reason}`),
	};
	const device = new SignDevice({ id, url, display });
	return {
		name: `device ${id}`,
		lastRow: () => device.row,
		isFinal: ({ online, revision, shownRevision }) => online && shownRevision === revision,
		close: () => device.end(),
	};
}

/** Every stored sign, by its id. @throws when the server does not answer, or refuses */
export async function readAll(url: string): Promise<Map<string, SignJson>> {
	const response = await fetch(`${url}/Sign/`);
	if (!response.ok) throw new Error(`GET of all signs is answered ${response.status} ${await response.text()}`);
	return new Map(((await response.json()) as SignJson[]).map((row) => [row.id, row]));
}

/** Times the request of a static file, in ms: no request of the application can be faster. */
export async function timeStaticFile(url: string): Promise<number> {
	const start = performance.now();
	const response = await fetch(`${url}/icon.svg`);
	await response.arrayBuffer();
	if (!response.ok) throw new Error(`GET /icon.svg is answered ${response.status}`);
	return performance.now() - start;
}
