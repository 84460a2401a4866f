/** Subscribers that come back by themselves: pages over SSE and WebSocket, MQTT clients, and the reference device. */
import { EventSource } from 'eventsource';
import mqtt from 'mqtt';
import { WebSocket } from 'ws';
import { SignDevice, type Display } from '../../device/device.ts';
import type { ToldRow } from '../../sign.ts';
import type { Delays } from './delays.ts';

/** What one was told last of each sign. */
export interface Subscriber {
	name: string;
	told: Map<string, ToldRow | null>;
	close(): unknown;
}

interface Event {
	id: string;
	type: string;
	value?: ToldRow | null;
}
type Tell = (id: string, row: ToldRow | null) => void;

/** In ms, before a connection is tried again. */
const RECONNECT = 1_000;

const WAYS = [openEvents, openSocket, openMqtt];

/** By turns over each protocol. */
export function openSubscriber(server: { url: string; mqttUrl: string }, n: number, delays: Delays): Subscriber {
	const told: Subscriber['told'] = new Map();
	const open = WAYS[n % WAYS.length]!;
	const close = open(server, (id, row) => {
		if (row) delays.hear(row, told.get(id));
		told.set(id, row);
	});
	return { name: `${open.name.replace('open', '')} ${n + 1}`, told, close };
}

function openEvents({ url }: { url: string }, tell: Tell) {
	const source = new EventSource(`${url}/Sign/`);
	source.addEventListener('message', ({ data }) => tellEvent(JSON.parse(data), tell));
	return () => source.close();
}

function openSocket({ url }: { url: string }, tell: Tell) {
	let isClosed = false;
	let socket: WebSocket;
	const connect = () => {
		if (isClosed) return;
		socket = new WebSocket(`${url.replace('http', 'ws')}/Sign/`);
		socket.on('message', (data) => tellEvent(JSON.parse(String(data)), tell));
		socket.on('error', () => {}); // it closes then
		socket.on('close', () => setTimeout(connect, RECONNECT));
	};
	connect();
	return () => {
		isClosed = true;
		socket.terminate();
	};
}

function openMqtt({ mqttUrl }: { mqttUrl: string }, tell: Tell) {
	const client = mqtt.connect(mqttUrl, { protocolVersion: 5, reconnectPeriod: RECONNECT });
	client.on('error', () => {}); // it connects again
	client.on('message', (topic, payload) => tell(topic.slice('Sign/'.length), JSON.parse(String(payload))));
	client.subscribe('Sign/+', { qos: 1 });
	return () => client.endAsync(true);
}

function tellEvent({ id, type, value }: Event, tell: Tell): void {
	if (type !== 'error') tell(id, value ?? null);
}

/** It reports what it shows; its own last value is compared like a page's. */
export function openDevice(url: string, id: string): Subscriber {
	const told: Subscriber['told'] = new Map();
	const nothing = () => {};
	const show: Display['show'] = (row) => void told.set(id, row);
	const device = new SignDevice({
		id,
		url,
		display: { show, connected: nothing, disconnected: nothing, refused: nothing },
	});
	return { name: `device ${id}`, told, close: () => device.end() };
}
