/**
 * Loads on the server: looking at what rests, changes at an even pace, and writes as fast as they go. Each tells what
 * server and client process spent meanwhile, and fails on a write that is refused and a message that is lost.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAll, type Subscriber, type Write } from './clients.ts';
import type { Measured } from './harper.ts';
import { Ledger, untilHeard, untilStored, type Hears } from './lost.ts';
import { latencyOf, type Latency } from './statistics.ts';
import type { Stopwatch } from './stopwatch.ts';
import { watchCpu, watchMachine, type Spent } from './usage.ts';

/** What was spent meanwhile. */
interface Sides {
	server: Spent;
	client: Spent;
	/** Cores that everything else on this machine had: what disturbs the measurement. */
	others: number;
	/** Share of the machine that was busy. */
	machine: number;
}

/** What was spent on a load, and how large it was. */
export interface Load extends Sides {
	/** Writes that were acknowledged. */
	writes: number;
	/** Events that subscribers heard; fewer than writes x subscribers when some were left out. */
	heard: number;
	/** From before a write until it is acknowledged. */
	acknowledged?: Latency;
	/** From before a write until a subscriber has read it. */
	told?: Latency;
	/** From before a write until a subscriber has read that the sign's device shows it. */
	reported?: Latency;
}

export function watch(pid: number): () => Sides {
	const watched = [watchCpu(pid), watchCpu(process.pid), watchMachine()] as const;
	return () => {
		const [server, client, machine] = [watched[0](), watched[1](), watched[2]()];
		const others = Math.max(0, machine.cpu - server.cpu - client.cpu) / 1000 / machine.seconds;
		return { server, client, others, machine: machine.cpu / 1000 / machine.seconds / cpus().length };
	};
}

/** Whatever is connected does nothing. */
export async function rest(target: Measured, seconds: number): Promise<Load> {
	const spent = watch(target.pid);
	await sleep(seconds * 1000);
	return { ...spent(), writes: 0, heard: 0 };
}

export interface Pace {
	ids: string[];
	rate: number;
	seconds: number;
	subscribers: Subscriber[];
	hears: Hears;
}

/** Changes one sign after another, evenly in time; ends when every subscriber has heard everything. */
export async function paced(target: Measured, write: Write, stopwatch: Stopwatch, pace: Pace): Promise<Load> {
	const { ids, rate, seconds, subscribers, hears } = pace;
	const before = await readAll(target.url);
	const ledger = new Ledger();
	const noted = ledger.noting(write);
	const acknowledged: number[] = [];
	const turns = new Map<string, Promise<void>>();
	const change = async (id: string) => {
		await turns.get(id); // two at once would race: nobody could say which is the last
		const message = stopwatch.start();
		await noted(id, { message });
		acknowledged.push(stopwatch.since(message)!);
	};
	const spent = watch(target.pid);
	const start = performance.now();
	for (let n = 0; n < rate * seconds; n++) {
		await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
		const id = ids[n % ids.length]!;
		const turn = change(id);
		turn.catch(() => {}); // told below
		turns.set(id, turn);
	}
	await Promise.all(turns.values());
	await untilHeard(ledger.last, subscribers, hears);
	const load = { ...spent(), writes: ledger.count, acknowledged: latencyOf(acknowledged), ...stopwatch.latencies };
	await untilStored(target.url, subscribers, hears);
	ledger.check(before, await readAll(target.url));
	return load;
}

export interface Rush {
	ids: string[];
	writers: number;
	seconds: number;
}

/** Each writer writes again as soon as it is acknowledged; nobody listens. */
export async function rushed(target: Measured, write: Write, { ids, writers, seconds }: Rush): Promise<Load> {
	const before = await readAll(target.url);
	const ledger = new Ledger();
	const noted = ledger.noting(write);
	const acknowledged: number[] = [];
	const spent = watch(target.pid);
	const end = performance.now() + seconds * 1000;
	let turn = 0;
	const writer = async () => {
		while (performance.now() < end) {
			const start = performance.now();
			await noted(ids[turn++ % ids.length]!, { message: `rush ${turn}` });
			acknowledged.push(performance.now() - start);
		}
	};
	await Promise.all(Array.from({ length: writers }, writer));
	const load = { ...spent(), writes: ledger.count, heard: 0, acknowledged: latencyOf(acknowledged) };
	ledger.check(before, await readAll(target.url));
	return load;
}
