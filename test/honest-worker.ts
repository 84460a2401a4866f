/** The thread of honest.ts: changes the sign `honest`, and measures when each change is seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { EventSource } from 'eventsource';
import { basic } from '../private-harper/operations-api.ts';
import { ADMIN } from './test-harper.ts';

const { url } = workerData as { url: string };
const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/json' };
/** In ms. */
const PERIOD = 50;

let delays: number[] = [];
const sent = new Map<string, number>();
const source = new EventSource(`${url}/Sign/honest`, {
	fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
});
source.onmessage = ({ data }) => {
	const { message } = JSON.parse(data).value ?? {};
	const at = sent.get(message);
	if (at === undefined) return;
	delays.push(performance.now() - at);
	sent.delete(message);
};
parentPort!.on('message', () => {
	// one that has not come yet has waited at least this long
	const waiting = [...sent.values()].map((at) => performance.now() - at);
	const sorted = [...delays, ...waiting].sort((a, b) => a - b);
	const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
	parentPort!.postMessage({ count: delays.length, p50: at(0.5), p99: at(0.99) });
	delays = [];
});
for (let n = 0; ; n++) {
	const message = String(n);
	sent.set(message, performance.now());
	fetch(`${url}/Sign/honest`, { method: 'PATCH', headers, body: JSON.stringify({ message }) })
		.then((response) => response.arrayBuffer())
		.catch(() => sent.delete(message)); // a server that is away
	await sleep(PERIOD);
}
