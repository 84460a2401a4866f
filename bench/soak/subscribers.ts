/** Subscribers that reconnect: pages over SSE and WebSocket, MQTT clients, and the reference device. */
import { EventSource } from 'eventsource';
import mqtt from 'mqtt';
import { WebSocket } from 'ws';
import { SignDevice, type Display } from '../../device/device.ts';
import type { SignJson } from '../../sign/fields.ts';
import type { Delays } from './delays.ts';

export interface Subscriber {
	name: string;
	/** The row that it received last of each sign; `null` after a removal. */
	rows: Map<string, SignJson | null>;
	close(): unknown;
}

interface Event {
	id: string;
	type: string;
	value?: SignJson | null;
}
type OnRow = (id: string, row: SignJson | null) => void;

/** In ms, from a lost connection to the next attempt. */
const RECONNECT_DELAY = 1_000;

const OPENERS = [openEvents, openSocket, openMqtt];

/** Opens subscriber number `n`, over the three protocols in turn. */
export function openSubscriber(server: { url: string; mqttUrl: string }, n: number, delays: Delays): Subscriber {
	const rows: Subscriber['rows'] = new Map();
	const open = OPENERS[n % OPENERS.length]!;
	const close = open(server, (id, row) => {
		if (row) delays.onRow(row, rows.get(id));
		rows.set(id, row);
	});
	return { name: `${open.name.replace('open', '')} ${n + 1}`, rows, close };
}

function openEvents({ url }: { url: string }, onRow: OnRow) {
	const source = new EventSource(`${url}/Sign/`);
	source.addEventListener('message', ({ data }) => handleEvent(JSON.parse(data), onRow));
	return () => source.close();
}

function openSocket({ url }: { url: string }, onRow: OnRow) {
	let isClosed = false;
	let socket: WebSocket;
	const connect = () => {
		if (isClosed) return;
		socket = new WebSocket(`${url.replace('http', 'ws')}/Sign/`);
		socket.on('message', (data) => handleEvent(JSON.parse(String(data)), onRow));
		socket.on('error', () => {}); // the close event follows, and reconnects
		socket.on('close', () => setTimeout(connect, RECONNECT_DELAY));
	};
	connect();
	return () => {
		isClosed = true;
		socket.terminate();
	};
}

function openMqtt({ mqttUrl }: { mqttUrl: string }, onRow: OnRow) {
	const client = mqtt.connect(mqttUrl, { protocolVersion: 5, reconnectPeriod: RECONNECT_DELAY });
	client.on('error', () => {}); // MQTT.js reconnects
	client.on('message', (topic, payload) => onRow(topic.slice('Sign/'.length), JSON.parse(String(payload))));
	client.subscribe('Sign/+', { qos: 1 });
	return () => client.endAsync(true);
}

function handleEvent({ id, type, value }: Event, onRow: OnRow): void {
	if (type !== 'error') onRow(id, value ?? null);
}

/** Opens the reference device, which also reports each revision that it shows. */
export function openDevice(url: string, id: string): Subscriber {
	const rows: Subscriber['rows'] = new Map();
	const nothing = () => {};
	const show: Display['show'] = (row) => void rows.set(id, row);
	const device = new SignDevice({
		id,
		url,
		display: { show, connected: nothing, disconnected: nothing, refused: nothing },
	});
	return { name: `device ${id}`, rows, close: () => device.end() };
}
