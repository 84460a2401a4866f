/**
 * The phases of the measurement, each with its control: what nobody connected costs, what those who are connected and
 * rest cost, what a load costs beyond that. They leave signs behind, and nobody connected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openDevice, openMqtt, openRest, openViewer, timeFloor, type Subscriber, type Write } from './clients.ts';
import type { Measured } from './harper.ts';
import { paced, rest, rushed, watch } from './loads.ts';
import { untilHeard, untilStored } from './lost.ts';
import type { Options } from './options.ts';
import { latencyOf } from './statistics.ts';
import { Stopwatch } from './stopwatch.ts';

/** What the phases share. */
export interface Bench {
	target: Measured;
	options: Options;
	ids: string[];
	/** Of a client that stays connected. */
	write: Write;
	log: (line: string) => void;
}

const FLOOR_SAMPLES = 200;
/** How many devices and viewers connect before any is measured: the first need code and buffers that the next share. */
const WARM_UP = 10;
/** So many devices connect at once: a thousand on a busy machine would give up waiting, as devices do after 5 s. */
const AT_ONCE = 50;
/** In ms, for those devices, or all viewers. */
const CONNECT_TIMEOUT = 60_000;
/** How long after their end the server still has something of those who left, in s. */
const FORGETTING = 3;

const all = () => true;
const ownSign = ({ name }: Subscriber, id: string) => name === `device ${id}`;

/** On a fresh database: later it would fill pages that writes have left free. */
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
	const load = await rushed(target, write, { ids, writers: options.writers, seconds: Math.ceil(options.seconds / 2) });
	await untilStored(target.url, viewers, all);
	await untilStored(target.url, subscribers, ownSign);
	await closeAll([...subscribers, ...viewers]);
	return load;
}

export async function measureIdle({ target, options, log }: Bench) {
	log('control: nobody is connected');
	const times: number[] = [];
	for (let n = 0; n < FLOOR_SAMPLES; n++) times.push(await timeFloor(target.url));
	const before = await target.memory();
	const load = await rest(target, options.rest);
	return { load, memoryNoise: Math.abs((await target.memory()) - before), floor: latencyOf(times) };
}

export function measureAlone({ target, options: { rate, seconds }, ids, write, log }: Bench) {
	log('control: changes to which nobody listens');
	return paced(target, write, new Stopwatch(), { ids, rate, seconds, subscribers: [], hears: all });
}

export async function measureDevices(bench: Bench) {
	const { target, options, write, log } = bench;
	log('devices connect, and rest');
	const stopwatch = new Stopwatch();
	const ids = bench.ids.slice(0, options.devices);
	const spent = watch(target.pid);
	const subscribers = await openDevices(bench, ids, stopwatch.hear);
	const connecting = { ...spent(), writes: 0, heard: 0 };
	await untilStored(target.url, subscribers, ownSign);
	const resting = await rest(target, options.rest);
	log('changes to signs with devices');
	const { rate, seconds } = options;
	const load = await paced(target, write, stopwatch, { ids, rate, seconds, subscribers, hears: ownSign });
	return { connecting, resting, load, memory: await givenBack(bench, subscribers) };
}

export async function measureViewers(bench: Bench) {
	const { target, options, ids, write, log } = bench;
	log('viewers connect, and rest');
	const stopwatch = new Stopwatch();
	const spent = watch(target.pid);
	const subscribers = await openViewers(bench, options.viewers, stopwatch.hear);
	const connecting = { ...spent(), writes: 0, heard: 0 };
	const resting = await rest(target, options.rest);
	log('changes to signs with viewers');
	const { rate, seconds } = options;
	const load = await paced(target, write, stopwatch, { ids, rate, seconds, subscribers, hears: all });
	return { connecting, resting, load, memory: await givenBack(bench, subscribers) };
}

export async function measureWrites({ target, options: { writers, seconds }, ids, log }: Bench) {
	log('writes as fast as they go');
	const http = openRest(target.url, writers);
	const rest = await rushed(target, http.write, { ids, writers, seconds });
	await http.close();
	const client = await openMqtt(target.mqttUrl, writers);
	const mqtt = await rushed(target, client.write, { ids, writers, seconds });
	await client.close();
	return { rest, mqtt };
}

/** Devices that are known to be online, and to show what they should. */
async function openDevices({ target }: Bench, ids: string[], hear: Stopwatch['hear']): Promise<Subscriber[]> {
	const subscribers: Subscriber[] = [];
	for (let n = 0; n < ids.length; n += AT_ONCE) {
		const some = ids.slice(n, n + AT_ONCE);
		const opened = some.map((id) => openDevice(target.mqttUrl, id, hear, target.fail));
		await untilHeard(new Map(some.map((id) => [id, undefined])), opened, ownSign, CONNECT_TIMEOUT);
		subscribers.push(...opened);
	}
	return subscribers;
}

/** Viewers that have heard of every sign. */
async function openViewers({ target, ids }: Bench, count: number, hear: Stopwatch['hear']): Promise<Subscriber[]> {
	const subscribers = await Promise.all(
		Array.from({ length: count }, (_, i) => openViewer(target.viewersUrl, `viewer ${i + 1}`, hear))
	);
	await untilHeard(new Map(ids.map((id) => [id, undefined])), subscribers, all, CONNECT_TIMEOUT);
	return subscribers;
}

const closeAll = (subscribers: Subscriber[]) => Promise.all(subscribers.map((subscriber) => subscriber.close()));

/** What the server has in use less when they are gone: nothing else that comes and goes meanwhile is counted. */
async function givenBack({ target, options }: Bench, subscribers: Subscriber[]): Promise<number> {
	const before = await target.memory();
	await closeAll(subscribers);
	await sleep(Math.min(FORGETTING, options.rest) * 1000);
	return before - (await target.memory());
}
