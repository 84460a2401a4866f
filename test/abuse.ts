/**
 * For tests of abuse: whether honest clients notice it, and whether the server's memory comes back. Reads /proc, and so runs
 * on Linux only.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished } from 'vitest';
import { memoryOf } from '../bench/usage.ts';
import { percentile } from '../bench/statistics.ts';
import type { Harper } from '../private-harper/harper.ts';
import { newId } from './clients.ts';
import { eventually, Feed } from './feed.ts';
import { ADMIN } from './test-harper.ts';

/** How many messages make a 99th percentile that is not the largest one alone. */
const SAMPLES = 150;
/** Below it a delay is the machine's own, in ms: the time that a thread waits for its turn. */
const UNNOTICED = 10;
/** How many times slower honest subscribers may hear, and how much larger the process may stay. */
const SLOWER = 3;
const LARGER = 1.2;
/** Within it the memory must be back, in ms: the collector takes its time. */
const SETTLES = 60_000;

/** What honest subscribers hear while the test goes on. */
export async function watchHonest({ mqttUrl }: Harper) {
	const workerData = { mqttUrl, account: ADMIN, id: newId('honest') };
	const worker = new Worker(new URL('prober.ts', import.meta.url), { workerData });
	onTestFinished(async () => void (await worker.terminate()));
	await once(worker, 'message');
	const delays = new Feed<number>('honest subscriber');
	worker.on('message', (delay: number) => delays.push(delay));
	worker.on('error', (error) => delays.push(Infinity) ?? console.error(error));
	/** The 99th percentile of the delays while `action` goes on, and of some more if those are too few. In ms. */
	const p99 = async (action: () => Promise<unknown> = async () => {}) => {
		const from = delays.heard.length;
		await action();
		await eventually(
			async () => delays.heard.length - from,
			(count) => count >= SAMPLES,
			60_000
		);
		return percentile(delays.heard.slice(from), 0.99)!;
	};
	return { p99 };
}

/** @returns how to await that the process is no larger than it was now, but for a fifth */
export function watchMemory({ process: { pid } }: Harper) {
	const start = memoryOf(pid!);
	const megabytes = (bytes: number) => Math.round(bytes / 1e6);
	const isBack = () =>
		eventually(
			async () => megabytes(memoryOf(pid!)),
			(now) => now <= megabytes(start * LARGER),
			SETTLES
		);
	return { isBack, grown: () => memoryOf(pid!) / start };
}

/**
 * Holds that honest subscribers hear nearly as fast during an abuse as before or after it, and that the memory comes back.
 * @returns the figures, as ratios
 */
export async function withstands(harper: Harper, abuse: () => Promise<unknown>) {
	const honest = await watchHonest(harper);
	const before = await honest.p99();
	const memory = watchMemory(harper);
	let grown = 1;
	const during = await honest.p99(async () => {
		await abuse();
		grown = memory.grown();
	});
	await memory.isBack();
	const rest = Math.max(before, await honest.p99(), UNNOTICED);
	expect(during, `ms for an honest subscriber's 99th percentile; at rest ${rest}`).toBeLessThan(SLOWER * rest);
	return { slower: during / rest, grown };
}
