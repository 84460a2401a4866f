/**
 * An honest user beside an abuse: one who changes a sign twenty times a second and sees each change by Server-Sent Events, in a
 * thread of its own, so that the load of the test itself does not count. And the memory of the server's process.
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { Server } from './clients.ts';
import { eventually } from './feed.ts';

/** Delays of a while, in ms from the request to the event. */
export interface Delays {
	count: number;
	p50: number;
	p99: number;
}

/** @returns how to read the delays since the last time they were read */
export async function startHonest({ url }: Server): Promise<() => Promise<Delays>> {
	const worker = new Worker(new URL('./honest-worker.ts', import.meta.url), { workerData: { url } });
	onTestFinished(() => void worker.terminate());
	const next = () =>
		new Promise<Delays>((done, fail) => {
			worker.once('message', done).once('error', fail);
			worker.postMessage('delays');
		});
	return next;
}

/** Resident memory of a process, in bytes. */
export function memoryOf(pid: number): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}

/** Waits until a process has given back what an abuse took, up to a fifth. @throws when it does not within a minute */
export const untilMemoryReturns = (pid: number, before: number) =>
	eventually(
		async () => memoryOf(pid),
		(memory) => memory <= before * 1.2,
		60_000
	);
