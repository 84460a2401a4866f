/** Changes of all signs at a steady rate to many event streams, each of which must get every change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Changes, messageOf } from './clients/changes.ts';
import type { HttpConnection } from './clients/http.ts';
import { closeAll, openConnections } from './clients/spread.ts';
import { openStreams } from './clients/subscribers.ts';
import { startMeter } from './meter.ts';
import { latencyOf } from '../statistics.ts';
import type { Target } from './targets/target.ts';
import { atRate } from './writes.ts';

/** In ms: how long the last event may take. */
const TIMEOUT = 10_000;
/** In ms: how long all streams may take to get all signs when they are opened. */
const OPEN_TIMEOUT = 60_000;
const WRITERS = 8;

export interface FanOut {
	streams: number;
	/** Changes per second. */
	rate: number;
	seconds: number;
	ids: string[];
}

/** @throws when a stream misses a change */
export async function fanOut(target: Target, { streams, rate, seconds, ids }: FanOut) {
	const arrivals = new Arrivals(streams);
	const subscribers = await openStreams(target, streams, arrivals.onChange);
	const connections = await openConnections(target, WRITERS);
	const write = writerOf(target, connections, ids);
	// each stream is open when it has got a change that was made after it was opened
	await write(arrivals.changes.begin(), 0);
	await arrivals.untilComplete(OPEN_TIMEOUT);
	arrivals.clear();
	const meter = startMeter(target);
	await atRate(rate, seconds, arrivals.changes, write);
	await arrivals.untilComplete();
	const metered = meter();
	closeAll([...subscribers, ...connections]);
	return { ...metered, changes: arrivals.changes.count, events: arrivals.count, latency: latencyOf(arrivals.samples) };
}

/** Each connection writes one change after the other. */
function writerOf(target: Target, connections: HttpConnection[], ids: string[]) {
	const last: Promise<unknown>[] = connections.map(() => Promise.resolve());
	return async (change: number, n: number) => {
		const at = n % connections.length;
		const id = ids[n % ids.length]!;
		const write = () => connections[at]!.request('PUT', `/Sign/${id}`, target.body(id, messageOf(change), change));
		await (last[at] = last[at]!.then(write));
	};
}

/** Which stream has received which change. An event that comes twice counts once. */
class Arrivals {
	changes = new Changes();
	samples: number[] = [];
	#seen: Set<number>[];

	constructor(streams: number) {
		this.#seen = Array.from({ length: streams }, () => new Set());
	}

	get count(): number {
		return this.samples.length;
	}

	readonly onChange = (stream: number, change: number): void => {
		const start = this.changes.startOf(change);
		const seen = this.#seen[stream]!;
		if (start === undefined || seen.has(change)) return;
		seen.add(change);
		this.samples.push(performance.now() - start);
	};

	clear(): void {
		this.changes = new Changes();
		this.samples = [];
		for (const seen of this.#seen) seen.clear();
	}

	/** @throws after `timeout` ms, with how many are missing */
	async untilComplete(timeout = TIMEOUT): Promise<void> {
		const expected = this.#seen.length * this.changes.count;
		for (const end = performance.now() + timeout; this.count < expected; await sleep(5))
			if (performance.now() > end) throw new Error(`lost: ${expected - this.count} of ${expected} events of streams`);
	}
}
