/** Abusive clients: one that stops reading, and one that publishes without pause. */
import { connect } from 'node:net';
import mqtt from 'mqtt';

/** Subscribes to all signs over SSE, and never reads the response. @returns a function that closes the connection */
export function openSlowReader(url: string): () => void {
	const { hostname, port, host } = new URL(url);
	const socket = connect(Number(port), hostname);
	socket.on('error', () => {}); // the server may close the connection
	socket.pause();
	socket.write(`GET /Sign/ HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n\r\n`);
	return () => socket.destroy();
}

/** In ms, from one burst of messages to the next. */
const BURST_INTERVAL = 100;

/** Publishes `rate` QoS 0 messages per second to one sign. @returns a function that ends it */
export function openFlood(url: string, id: string, rate: number): () => void {
	const client = mqtt.connect(url, { reconnectPeriod: 1_000, queueQoSZero: false });
	client.on('error', () => {}); // MQTT.js reconnects
	let n = 0;
	const timer = setInterval(() => {
		if (!client.connected) return;
		for (let i = 0; i < (rate * BURST_INTERVAL) / 1000; i++) client.publish(`Sign/${id}`, `{"message":"flood ${++n}"}`);
	}, BURST_INTERVAL);
	return () => {
		clearInterval(timer);
		client.end();
	};
}
