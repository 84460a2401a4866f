/**
 * The measurement: runs the phases in order, and derives the cost of one sign, one device, one viewer and one change. Each
 * cost is the difference from a control run: the same server without it.
 */
import { openRestWriter } from './clients.ts';
import type { Measured } from './harper.ts';
import type { Load } from './loads.ts';
import type { Options } from './options.ts';
import {
	makeSigns,
	measureUnsubscribed,
	measureDevices,
	measureIdle,
	measureViewers,
	measureWrites,
	warmUp,
	type Bench,
} from './phases.ts';
import type { Costs } from './sizing.ts';
import type { Latency } from './statistics.ts';
import { memoryOf } from './usage.ts';

export interface Results {
	/** Of a request for a static file: no answer of this server can be faster. */
	floor: Latency;
	/** In bytes: how much memory changed while no client was connected. A smaller difference means nothing. */
	memoryNoise: number;
	loads: Record<string, Load>;
	costs: Costs;
}

/** Writes of a device that no load counts: it is online, it shows its first row, it is offline. */
const WRITES_PER_CONNECTION = 3;

export async function measure(target: Measured, options: Options, log: (line: string) => void): Promise<Results> {
	const ids = Array.from({ length: options.signs }, (_, i) => `bench-${i + 1}`);
	const { write, close } = openRestWriter(target.url, options.writers);
	const bench: Bench = { target, options, ids, write, log };
	const made = await makeSigns(bench);
	const warm = await warmUp(bench);
	const idle = await measureIdle(bench);
	const unsubscribed = await measureUnsubscribed(bench);
	const devices = await measureDevices(bench);
	const viewers = await measureViewers(bench);
	const fullSpeed = await measureWrites(bench);
	await close();

	const deviceWrites = 2 * devices.load.writes + WRITES_PER_CONNECTION * options.devices;
	const counted = [warm, unsubscribed, viewers.load, fullSpeed.rest, fullSpeed.mqtt].reduce(
		(sum, { writes }) => sum + writes,
		0
	);
	const writeCpu = cpuAbove(unsubscribed, idle.load) / unsubscribed.writes;
	const costs: Costs = {
		idleCpu: perSecond(idle.load),
		idleMemory: memoryOf(target.pid()),
		deviceCpu: atLeast0(perSecond(devices.resting) - perSecond(idle.load)) / options.devices,
		deviceMemory: atLeast0(devices.memory) / options.devices,
		connectCpu: devices.connecting.server.cpu / options.devices,
		viewerCpu: atLeast0(perSecond(viewers.resting) - perSecond(idle.load)) / options.viewers,
		viewerMemory: atLeast0(viewers.memory) / options.viewers,
		rowCpu: viewers.connecting.server.cpu / (options.viewers * ids.length),
		changeCpu: cpuAbove(devices.load, devices.resting) / devices.load.writes,
		deliveryCpu:
			atLeast0(cpuAbove(viewers.load, viewers.resting) - writeCpu * viewers.load.writes) / viewers.load.heard,
		signDisk: made.signDisk,
		writeDisk: (target.disk() - made.disk) / (counted + deviceWrites),
	};
	const loads = {
		'control: nobody is connected': idle.load,
		'control: changes, nobody listens': unsubscribed,
		'devices connect': devices.connecting,
		'devices rest': devices.resting,
		'changes, devices listen and report': devices.load,
		'viewers connect': viewers.connecting,
		'viewers rest': viewers.resting,
		'changes, viewers listen': viewers.load,
		'REST PATCH, as fast as it goes': fullSpeed.rest,
		'MQTT publish, as fast as it goes': fullSpeed.mqtt,
	};
	return { floor: idle.floor, memoryNoise: idle.memoryNoise, loads, costs };
}

const perSecond = ({ server }: Load) => server.cpu / server.seconds;
const atLeast0 = (difference: number) => Math.max(0, difference);

/** The CPU of a load, in ms, minus that of the server with the same clients at rest in the same time. */
const cpuAbove = (load: Load, resting: Load) => atLeast0(load.server.cpu - perSecond(resting) * load.server.seconds);
