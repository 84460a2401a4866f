/**
 * The clients of the benchmark: viewers (SSE on all signs), writers (REST, MQTT) and devices, all real connections of
 * this process. They keep what they heard last of each sign, to be compared with what is stored.
 */
import { Agent, request, type ClientRequest } from 'node:http';
import { once } from 'node:events';
import mqtt, { type MqttClient } from 'mqtt';
import { SignDevice, type Display } from '../device/device.ts';
import type { Change, ToldRow } from '../sign.ts';

/** Someone who hears signs. */
export interface Subscriber {
	name: string;
	/** What it heard last of a sign. */
	last(id: string): ToldRow | null | undefined;
	/** Whether it says no more of its own about a row. */
	isDone(row: ToldRow): boolean;
	close(): Promise<void>;
}

/** Is told a row that was heard, and what the subscriber knew of that sign before. */
export type Hear = (row: ToldRow, before: ToldRow | null | undefined) => void;

/** Writes one change, and resolves when it is acknowledged. */
export type Write = (id: string, change: Change) => Promise<void>;

export interface Writer {
	write: Write;
	close(): Promise<void>;
}

/** A viewer of all signs; resolves when the server answers. */
export async function openViewer(url: string, name: string, hear: Hear): Promise<Subscriber> {
	const rows = new Map<string, ToldRow>();
	const sent = request(`${url}/Sign/`, { agent: false, headers: { Accept: 'text/event-stream' } }).end();
	const [response] = await once(sent, 'response');
	if (response.statusCode !== 200) throw new Error(`${name} is answered ${response.statusCode}`);
	let rest = '';
	response.setEncoding('utf8').on('data', (part: string) => {
		const blocks = (rest + part).split('\n\n');
		rest = blocks.pop()!;
		for (const block of blocks) {
			const row = rowOf(block);
			if (!row) continue;
			hear(row, rows.get(row.id));
			rows.set(row.id, row);
		}
	});
	sent.on('error', () => {}); // what it does not hear any more is found by what is stored
	return { name, last: (id) => rows.get(id), isDone: () => true, close: () => end(sent) };
}

/** Of one event; a heartbeat has no row. */
function rowOf(block: string): ToldRow | undefined {
	if (block.startsWith('event:')) return;
	const data = block.split('\n').find((line) => line.startsWith('data: '));
	return data && JSON.parse(data.slice('data: '.length)).value;
}

async function end(sent: ClientRequest): Promise<void> {
	const closed = once(sent, 'close');
	sent.destroy();
	await closed;
}

/** REST PATCH over so many connections. */
export function openRest(url: string, connections: number): Writer {
	const agent = new Agent({ keepAlive: true, maxSockets: connections });
	const write: Write = (id, change) =>
		new Promise((done, fail) => {
			const headers = { 'Content-Type': 'application/json' };
			const sent = request(`${url}/Sign/${id}`, { method: 'PATCH', agent, headers }, (response) => {
				response.resume().on('end', () => {
					if (response.statusCode! < 300) done();
					else fail(new Error(`PATCH of ${id} is answered ${response.statusCode}`));
				});
			});
			sent.on('error', fail).end(JSON.stringify(change));
		});
	return { write, close: async () => agent.destroy() };
}

/** MQTT publishes of QoS 1 without retain, over so many connections in turn. */
export async function openMqtt(url: string, connections: number): Promise<Writer> {
	const options = { protocolVersion: 5, reconnectPeriod: 0 } as const;
	const clients = await Promise.all(
		Array.from({ length: connections }, (): Promise<MqttClient> => mqtt.connectAsync(url, options))
	);
	let turn = 0;
	const write: Write = async (id, change) => {
		await clients[turn++ % connections]!.publishAsync(`Sign/${id}`, JSON.stringify(change), { qos: 1 });
	};
	return { write, close: async () => void (await Promise.all(clients.map((client) => client.endAsync()))) };
}

/** The reference device, which shows at once; `refused` is told what went wrong. */
export function openDevice(url: string, id: string, hear: Hear, refused: (trouble: string) => void): Subscriber {
	let before: ToldRow | null;
	const display: Display = {
		show(row) {
			if (row) hear(row, before);
			before = row;
		},
		connected: () => {},
		disconnected: (why) => refused(`device ${id} lost its connection: ${why}`),
		refused: (why) => refused(`device ${id} was refused: ${why}`),
	};
	const device = new SignDevice({ id, url, display });
	return {
		name: `device ${id}`,
		last: () => device.row,
		isDone: ({ online, revision, shownRevision }) => online && shownRevision === revision,
		close: () => device.end(),
	};
}

/** Every stored sign. */
export async function readAll(url: string): Promise<Map<string, ToldRow>> {
	const response = await fetch(`${url}/Sign/`);
	if (!response.ok) throw new Error(`GET of all signs is answered ${response.status} ${await response.text()}`);
	return new Map(((await response.json()) as ToldRow[]).map((row) => [row.id, row]));
}

/** The shortest answer there is: how long one request takes, in ms, whatever the application. */
export async function timeFloor(url: string): Promise<number> {
	const start = performance.now();
	const response = await fetch(`${url}/icon.svg`);
	await response.arrayBuffer();
	if (!response.ok) throw new Error(`GET /icon.svg is answered ${response.status}`);
	return performance.now() - start;
}
