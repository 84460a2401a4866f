/**
 * The loads on the server: none, changes at a steady rate, and writes at full speed. Each returns the CPU that the server
 * and the client used meanwhile. It throws when a write is refused, or a message is lost.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAll, type Subscriber, type Write } from './clients.ts';
import type { Measured } from './harper.ts';
import { Ledger, untilReceived, untilRowsMatch, type IsSubscribed } from './lost.ts';
import { latencyOf, type Latency } from './statistics.ts';
import type { Stopwatch } from './stopwatch.ts';
import { watchCpu, watchMachine, type CpuUsage } from './usage.ts';

/** The CPU that was used while a load ran. */
interface Usage {
	server: CpuUsage;
	client: CpuUsage;
	/** Cores that all other programs on this machine used: they disturb the measurement. */
	others: number;
	/** Share of the machine's CPU that was busy, from 0 to 1. */
	machine: number;
}

/** The usage of a load, and its size. `npm run bench -- --json` prints these names. */
export interface Load extends Usage {
	/** Writes that were acknowledged. */
	writes: number;
	/** Events that subscribers received; fewer than writes x subscribers if events were skipped. */
	heard: number;
	/** From the start of a write to its acknowledgement. */
	acknowledged?: Latency;
	/** From the start of a write to its event at a subscriber. */
	told?: Latency;
	/** From the start of a write to the event that its device has reported it. */
	reported?: Latency;
}

/** Starts to measure. The returned function returns the usage since then. @param pid of the server */
export function watchUsage(pid: number): () => Usage {
	const watches = [watchCpu(pid), watchCpu(process.pid), watchMachine()] as const;
	return () => {
		const [server, client, machine] = [watches[0](), watches[1](), watches[2]()];
		const others = Math.max(0, machine.cpu - server.cpu - client.cpu) / 1000 / machine.seconds;
		return { server, client, others, machine: machine.cpu / 1000 / machine.seconds / cpus().length };
	};
}

/** No load: the clients that are connected do nothing. */
export async function runIdle(target: Measured, seconds: number): Promise<Load> {
	const usage = watchUsage(target.pid());
	await sleep(seconds * 1000);
	return { ...usage(), writes: 0, heard: 0 };
}

export interface SteadyLoad {
	ids: string[];
	/** Changes per second. */
	rate: number;
	seconds: number;
	subscribers: Subscriber[];
	isSubscribed: IsSubscribed;
}

/** Changes one sign after another at a steady rate. It ends when every subscriber has received the last change of each sign. */
export async function runSteady(
	target: Measured,
	write: Write,
	stopwatch: Stopwatch,
	steady: SteadyLoad
): Promise<Load> {
	const { ids, rate, seconds, subscribers, isSubscribed } = steady;
	const before = await readAll(target.url);
	const ledger = new Ledger();
	const recordedWrite = ledger.record(write);
	const acknowledged: number[] = [];
	const pending = new Map<string, Promise<void>>();
	const change = async (id: string) => {
		await pending.get(id); // after two writes at once, nobody could say which is the last
		const message = stopwatch.start();
		await recordedWrite(id, { message });
		acknowledged.push(stopwatch.since(message)!);
	};
	const usage = watchUsage(target.pid());
	const start = performance.now();
	for (let n = 0; n < rate * seconds; n++) {
		await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
		const id = ids[n % ids.length]!;
		const done = change(id);
		done.catch(() => {}); // the error is thrown below
		pending.set(id, done);
	}
	await Promise.all(pending.values());
	await untilReceived(ledger.lastMessages, subscribers, isSubscribed);
	const load = { ...usage(), writes: ledger.count, acknowledged: latencyOf(acknowledged), ...stopwatch.latencies };
	await untilRowsMatch(target.url, subscribers, isSubscribed);
	ledger.check(before, await readAll(target.url));
	return load;
}

export interface FullSpeedLoad {
	ids: string[];
	writers: number;
	seconds: number;
}

/** Each writer writes again as soon as its last write is acknowledged. It does not wait for subscribers. */
export async function runFullSpeed(
	target: Measured,
	write: Write,
	{ ids, writers, seconds }: FullSpeedLoad
): Promise<Load> {
	const before = await readAll(target.url);
	const ledger = new Ledger();
	const recordedWrite = ledger.record(write);
	const acknowledged: number[] = [];
	const usage = watchUsage(target.pid());
	const end = performance.now() + seconds * 1000;
	let count = 0;
	const writer = async () => {
		while (performance.now() < end) {
			const start = performance.now();
			await recordedWrite(ids[count++ % ids.length]!, { message: `rush ${count}` });
			acknowledged.push(performance.now() - start);
		}
	};
	await Promise.all(Array.from({ length: writers }, writer));
	const load = { ...usage(), writes: ledger.count, heard: 0, acknowledged: latencyOf(acknowledged) };
	ledger.check(before, await readAll(target.url));
	return load;
}
