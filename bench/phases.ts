/**
 * The phases of the measurement. Each connects its own clients and has its own control: the same clients at rest. After a
 * phase no client is connected; the signs stay.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
	openDevice,
	openMqttWriter,
	openRestWriter,
	openViewer,
	timeStaticFile,
	type Subscriber,
	type Write,
} from './clients.ts';
import type { Measured } from './harper.ts';
import { runFullSpeed, runIdle, runSteady, watchUsage, type Load, type SteadyLoad } from './loads.ts';
import { untilReceived, untilRowsMatch } from './lost.ts';
import type { Options } from './options.ts';
import { latencyOf } from './statistics.ts';
import { Stopwatch } from './stopwatch.ts';

/** The parameters that all phases share. */
export interface Bench {
	target: Measured;
	options: Options;
	ids: string[];
	/** Writes over connections that stay open during all phases. */
	write: Write;
	log: (line: string) => void;
}

const STATIC_FILE_SAMPLES = 200;
/** Devices and viewers that connect before the measurement: the first ones make the server load code and allocate buffers. */
const WARM_UP = 10;
/** Devices that connect at the same time. With more, a busy machine may exceed a device's timeout of 5 s. */
const CONNECTING_DEVICES = 50;
/** In ms, for one group of devices, or for all viewers. */
const CONNECT_TIMEOUT = 60_000;
/** In s: how long the server needs to free the memory of clients that have disconnected. */
const RELEASE_TIME = 3;

const everySign = () => true;
const ownSign = ({ name }: Subscriber, id: string) => name === `device ${id}`;

/** Creates the signs and measures their size on disk. It needs a new database: an old one has free pages that it would fill. */
export async function makeSigns({ target, options: { writers }, ids, write, log }: Bench) {
	log('making signs');
	const before = target.disk();
	for (let n = 0; n < ids.length; n += writers)
		await Promise.all(ids.slice(n, n + writers).map((id) => write(id, { message: `Sign ${id}, made to be measured` })));
	const disk = target.disk();
	return { disk, signDisk: (disk - before) / ids.length };
}

export async function warmUp(bench: Bench) {
	const { target, options, ids, write, log } = bench;
	log('warming up');
	const subscribers = await openDevices(bench, ids.slice(0, WARM_UP), () => {});
	const viewers = await openViewers(bench, Math.min(WARM_UP, options.viewers), () => {});
	const load = await runFullSpeed(target, write, {
		ids,
		writers: options.writers,
		seconds: Math.ceil(options.seconds / 2),
	});
	await untilRowsMatch(target.url, viewers, everySign);
	await untilRowsMatch(target.url, subscribers, ownSign);
	await closeAll([...subscribers, ...viewers]);
	return load;
}

export async function measureIdle({ target, options, log }: Bench) {
	log('control: nobody is connected');
	const times: number[] = [];
	for (let n = 0; n < STATIC_FILE_SAMPLES; n++) times.push(await timeStaticFile(target.url));
	const before = await target.memory();
	const load = await runIdle(target, options.rest);
	return { load, memoryNoise: Math.abs((await target.memory()) - before), floor: latencyOf(times) };
}

export function measureUnsubscribed({ target, options: { rate, seconds }, ids, write, log }: Bench) {
	log('control: changes to which nobody listens');
	return runSteady(target, write, new Stopwatch(), { ids, rate, seconds, subscribers: [], isSubscribed: everySign });
}

export async function measureDevices(bench: Bench) {
	const { target, options, log } = bench;
	log('devices connect, and rest');
	const stopwatch = new Stopwatch();
	const ids = bench.ids.slice(0, options.devices);
	const usage = watchUsage(target.pid());
	const subscribers = await openDevices(bench, ids, stopwatch.onRow);
	const connecting = { ...usage(), writes: 0, heard: 0 };
	await untilRowsMatch(target.url, subscribers, ownSign);
	const rest = await measureSubscribed(bench, stopwatch, { ids, subscribers, isSubscribed: ownSign });
	return { connecting, ...rest };
}

export async function measureViewers(bench: Bench) {
	const { target, options, ids, log } = bench;
	log('viewers connect, and rest');
	const stopwatch = new Stopwatch();
	const usage = watchUsage(target.pid());
	const subscribers = await openViewers(bench, options.viewers, stopwatch.onRow);
	const connecting = { ...usage(), writes: 0, heard: 0 };
	const rest = await measureSubscribed(bench, stopwatch, { ids, subscribers, isSubscribed: everySign });
	return { connecting, ...rest };
}

export async function measureWrites({ target, options: { writers, seconds }, ids, log }: Bench) {
	log('writes as fast as they go');
	const http = openRestWriter(target.url, writers);
	const rest = await runFullSpeed(target, http.write, { ids, writers, seconds });
	await http.close();
	const client = await openMqttWriter(target.mqttUrl, writers);
	const mqtt = await runFullSpeed(target, client.write, { ids, writers, seconds });
	await client.close();
	return { rest, mqtt };
}

/** Opens devices, and waits until each is online and has reported its sign's revision. */
async function openDevices({ target }: Bench, ids: string[], onRow: Stopwatch['onRow']): Promise<Subscriber[]> {
	const subscribers: Subscriber[] = [];
	for (let n = 0; n < ids.length; n += CONNECTING_DEVICES) {
		const group = ids.slice(n, n + CONNECTING_DEVICES);
		const opened = group.map((id) => openDevice(target.mqttUrl, id, onRow, target.fail));
		await untilReceived(new Map(group.map((id) => [id, undefined])), opened, ownSign, CONNECT_TIMEOUT);
		subscribers.push(...opened);
	}
	return subscribers;
}

/** Opens viewers, and waits until each has received every sign. */
async function openViewers({ target, ids }: Bench, count: number, onRow: Stopwatch['onRow']): Promise<Subscriber[]> {
	const subscribers = await Promise.all(
		Array.from({ length: count }, (_, i) => openViewer(target.viewersUrl, `viewer ${i + 1}`, onRow))
	);
	await untilReceived(new Map(ids.map((id) => [id, undefined])), subscribers, everySign, CONNECT_TIMEOUT);
	return subscribers;
}

/** The subscribers rest, receive changes at the rate of the options, rest again, and leave. */
async function measureSubscribed(
	bench: Bench,
	stopwatch: Stopwatch,
	load: Pick<SteadyLoad, 'ids' | 'subscribers' | 'isSubscribed'>
) {
	const { target, options, write, log } = bench;
	const restBefore = await runIdle(target, options.rest);
	log('changes to signs that are subscribed to');
	const { rate, seconds } = options;
	const loaded = await runSteady(target, write, stopwatch, { ...load, rate, seconds });
	const resting = quieter(restBefore, await runIdle(target, options.rest));
	return { resting, load: loaded, memory: await releasedMemory(bench, load.subscribers) };
}

/** Of two looks at what rests, the better control: what the server does by itself at times may fall into the other. */
const quieter = (...rests: [Load, Load]) => rests.toSorted((one, other) => one.server.cpu - other.server.cpu)[0]!;

const closeAll = (subscribers: Subscriber[]) => Promise.all(subscribers.map((subscriber) => subscriber.close()));

/** Closes the subscribers, and returns how much less memory the server uses then, in bytes. */
async function releasedMemory({ target, options }: Bench, subscribers: Subscriber[]): Promise<number> {
	const before = await target.memory();
	await closeAll(subscribers);
	await sleep(Math.min(RELEASE_TIME, options.rest) * 1000);
	return before - (await target.memory());
}
