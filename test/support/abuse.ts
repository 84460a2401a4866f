/** For tests of abuse: whether honest clients notice it, and whether the server's memory comes back. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { percentile } from '../../bench/statistics.ts';
import type { Harper } from '../../launcher/harper.ts';
import { newId } from './clients.ts';
import { eventually, Feed } from './feed.ts';
import { ADMIN, memoryInUse } from '../../launcher/temporary-harper.ts';

/** How many messages make a 99th percentile that is not the largest one alone. */
const SAMPLES = 150;
/** Below it a delay is the machine's own, in ms: the time that a thread waits for its turn. */
const UNNOTICED = 10;
/** How many times slower honest subscribers may hear, and how much more memory the server may keep. */
const SLOWER = 3;
const LARGER = 1.2;
/** Within it the memory must be back, in ms: the collector takes its time. */
const SETTLES = 60_000;

/** What honest subscribers hear while the test goes on. */
export async function watchHonest({ mqttUrl }: Harper) {
	const settings = JSON.stringify({ mqttUrl, account: ADMIN, id: newId('honest') });
	const prober = fork(new URL('prober.ts', import.meta.url), { env: { ...process.env, PROBER: settings } });
	onTestFinished(() => void prober.kill());
	await once(prober, 'message');
	const delays = new Feed<number>('honest subscriber');
	prober.on('message', (delay: number) => delays.push(delay));
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

/**
 * What the server's threads have in use, their garbage collected: the size of the process has what may be used again too.
 * @returns how to await that it is no more than it was now, but for a fifth; and how many times more it is
 */
export async function watchMemory(harper: Harper) {
	const megabytes = async () => Math.round((await memoryInUse(harper)) / 1e6);
	const start = await megabytes();
	const isBack = () => eventually(megabytes, (now) => now <= start * LARGER, SETTLES);
	return { isBack, grown: async () => (await megabytes()) / start };
}

/**
 * Holds that honest subscribers hear nearly as fast during an abuse as before or after it, in most of its rounds (a short one has
 * few samples), and that the memory comes back after each.
 */
export async function withstands(harper: Harper, abuse: () => Promise<unknown>, rounds = 3) {
	const honest = await watchHonest(harper);
	const slower: number[] = [];
	const most = Math.ceil(rounds / 2);
	while (slower.length < rounds && slower.filter((ratio) => ratio < SLOWER).length < most) {
		const before = await honest.p99();
		const memory = await watchMemory(harper);
		const during = await honest.p99(abuse);
		await memory.isBack();
		slower.push(during / Math.max(before, await honest.p99(), UNNOTICED));
	}
	const message = `99th percentile of honest subscribers against that at rest, by rounds: ${slower}`;
	expect(percentile(slower, 0.5), message).toBeLessThan(SLOWER);
}
