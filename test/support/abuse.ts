/** Checks whether honest clients notice an abuse, and whether the server's memory comes back. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, getPriority, setPriority } from 'node:os';
import { expect, onTestFinished } from 'vitest';
import { percentile } from '../../bench/statistics.ts';
import type { Harper } from '../../launcher/harper.ts';
import { newId } from './clients.ts';
import { eventually, Feed } from './feed.ts';
import { ADMIN, memoryInUse } from '../../launcher/temporary-harper.ts';

/** Enough messages for a 99th percentile that is not simply the largest delay. */
const MIN_SAMPLES = 150;
/** A shorter delay is the machine's own: the time until a thread gets the CPU. */
const UNNOTICED_MS = 10;
/** The most that delays and memory may grow, as factors. */
const MAX_DELAY_GROWTH = 3;
const MAX_MEMORY_GROWTH = 1.2;
/** The memory must be back within this time: garbage collection may come late. */
const SETTLE_MS = 60_000;

/** Measures the delays of an honest subscriber until the test ends. */
export async function watchHonest({ mqttUrl }: Harper) {
	const settings = JSON.stringify({ mqttUrl, account: ADMIN, id: newId('honest') });
	const prober = fork(new URL('prober.ts', import.meta.url), { env: { ...process.env, PROBER: settings } });
	onTestFinished(() => void prober.kill());
	await once(prober, 'message');
	const delays = new Feed<number>('honest subscriber');
	prober.on('message', (delay: number) => delays.push(delay));
	/** The 99th percentile, in ms, of the delays while `action` runs, and of later ones if those are too few. */
	const p99 = async (action: () => Promise<unknown> = async () => {}) => {
		const from = delays.received.length;
		await action();
		await eventually(
			async () => delays.received.length - from,
			(count) => count >= MIN_SAMPLES,
			60_000
		);
		return percentile(delays.received.slice(from), 0.99)!;
	};
	return { p99 };
}

/**
 * Measures the memory that the server's threads use, after garbage collection. (The size of the process includes free memory.)
 * @returns `isBack` waits until it has grown by at most a fifth since this call; `grown` returns the factor
 */
export async function watchMemory(harper: Harper) {
	const megabytes = async () => Math.round((await memoryInUse(harper)) / 1e6);
	const start = await megabytes();
	const isBack = () => eventually(megabytes, (now) => now <= start * MAX_MEMORY_GROWTH, SETTLE_MS);
	return { isBack, grown: async () => (await megabytes()) / start };
}

/**
 * Runs an action while this process stands behind all others: its own many clients must not slow down the honest one, which has a
 * process of its own.
 */
async function inBackground<T>(action: () => Promise<T>): Promise<T> {
	const before = getPriority();
	setPriority(constants.priority.PRIORITY_LOW);
	try {
		return await action();
	} finally {
		if (process.getuid?.() === 0) setPriority(before); // others may not come forward again
	}
}

/**
 * Expects that honest subscribers receive events nearly as fast during an abuse as before or after it, in most rounds (a short round
 * has few samples), and that the memory comes back after each round.
 */
export async function withstands(harper: Harper, abuse: () => Promise<unknown>, rounds = 3) {
	const honest = await watchHonest(harper);
	const growths: number[] = [];
	const majority = Math.ceil(rounds / 2);
	while (growths.length < rounds && growths.filter((ratio) => ratio < MAX_DELAY_GROWTH).length < majority) {
		const before = await honest.p99();
		const memory = await watchMemory(harper);
		const during = await honest.p99(() => inBackground(abuse));
		await memory.isBack();
		growths.push(during / Math.max(before, await honest.p99(), UNNOTICED_MS));
	}
	const message = `99th percentile of honest subscribers' delays, as a factor of that at rest, by rounds: ${growths}`;
	expect(percentile(growths, 0.5), message).toBeLessThan(MAX_DELAY_GROWTH);
}
