/** What others notice while somebody abuses a server: how late their events are, and how much memory the server takes. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId, openEventSource, rest, subscribeMqtt } from './clients.ts';

/** In ms. Between two writes. */
const EVERY = 15;

/**
 * An operator who writes to a sign of their own, with subscribers over MQTT and SSE.
 * @returns how late events are from a write to its subscribers, in ms: the 99th percentile over so many ms
 */
export async function openHonest() {
	const id = newId('honest');
	await rest('PUT', `/Sign/${id}`, {});
	const feeds = [
		(await subscribeMqtt('MQTT 3.1.1', `Sign/${id}`)).feed.map(({ row }) => row?.message),
		(await openEventSource(`/Sign/${id}`)).feed.map(({ value }) => value?.message),
	];
	let n = 0;
	return async function measure(duration: number): Promise<number> {
		const delays: number[] = [];
		for (const end = Date.now() + duration; Date.now() < end; await sleep(EVERY)) {
			const message = `${++n}`;
			const sent = performance.now();
			await Promise.all([
				rest('PATCH', `/Sign/${id}`, { message }),
				...feeds.map((feed) =>
					feed.until((told) => told === message).then(() => delays.push(performance.now() - sent))
				),
			]);
		}
		delays.sort((a, b) => a - b);
		return delays[Math.floor(delays.length * 0.99)]!;
	};
}

/** What a process has in memory, in MB. */
export function memoryOf({ pid }: { pid?: number }): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}
