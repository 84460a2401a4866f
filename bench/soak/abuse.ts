/** Clients that do harm: one that stops reading, and one that publishes without end. */
import { connect } from 'node:net';
import mqtt from 'mqtt';

/** Subscribes to all signs over SSE, and reads no byte of the answer. @returns how to end it */
export function openSlowReader(url: string): () => void {
	const { hostname, port, host } = new URL(url);
	const socket = connect(Number(port), hostname);
	socket.on('error', () => {}); // a server may close it
	socket.pause();
	socket.write(`GET /Sign/ HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n\r\n`);
	return () => socket.destroy();
}

/** In ms, between two bursts. */
const BURST = 100;

/** Publishes QoS 0 messages to one sign. @returns how to end it */
export function openFlood(url: string, id: string, rate: number): () => void {
	const client = mqtt.connect(url, { reconnectPeriod: 1_000, queueQoSZero: false });
	client.on('error', () => {}); // it connects again
	let n = 0;
	const timer = setInterval(() => {
		if (!client.connected) return;
		for (let i = 0; i < (rate * BURST) / 1000; i++) client.publish(`Sign/${id}`, `{"message":"flood ${++n}"}`);
	}, BURST);
	return () => {
		clearInterval(timer);
		client.end();
	};
}
