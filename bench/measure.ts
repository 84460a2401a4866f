/**
 * The measurement: the phases in their order, and what follows from them for one sign, one device, one viewer, one
 * change. Each cost is a difference to a control: the same server without it.
 */
import { openRest } from './clients.ts';
import type { Measured } from './harper.ts';
import type { Load } from './loads.ts';
import type { Options } from './options.ts';
import {
	makeSigns,
	measureAlone,
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
	/** A request for a static file: no answer of this server can be faster. */
	floor: Latency;
	/** By how much memory changed while nobody was connected, in bytes: a smaller difference says nothing. */
	memoryNoise: number;
	loads: Record<string, Load>;
	costs: Costs;
}

/** Of a device, beside those that are counted: that it is online, what it shows first, and that it is offline. */
const WRITES_OF_A_VISIT = 3;

export async function measure(target: Measured, options: Options, log: (line: string) => void): Promise<Results> {
	const ids = Array.from({ length: options.signs }, (_, i) => `bench-${i + 1}`);
	const { write, close } = openRest(target.url, options.writers);
	const bench: Bench = { target, options, ids, write, log };
	const made = await makeSigns(bench);
	const warm = await warmUp(bench);
	const idle = await measureIdle(bench);
	const alone = await measureAlone(bench);
	const devices = await measureDevices(bench);
	const viewers = await measureViewers(bench);
	const rush = await measureWrites(bench);
	await close();

	const deviceWrites = 2 * devices.load.writes + WRITES_OF_A_VISIT * options.devices;
	const counted = [warm, alone, viewers.load, rush.rest, rush.mqtt].reduce((sum, { writes }) => sum + writes, 0);
	const writeCpu = beyond(alone, idle.load) / alone.writes;
	const costs: Costs = {
		idleCpu: perSecond(idle.load),
		idleMemory: memoryOf(target.pid),
		deviceCpu: atLeast0(perSecond(devices.resting) - perSecond(idle.load)) / options.devices,
		deviceMemory: atLeast0(devices.memory) / options.devices,
		connectCpu: devices.connecting.server.cpu / options.devices,
		viewerCpu: atLeast0(perSecond(viewers.resting) - perSecond(idle.load)) / options.viewers,
		viewerMemory: atLeast0(viewers.memory) / options.viewers,
		rowCpu: viewers.connecting.server.cpu / (options.viewers * ids.length),
		changeCpu: beyond(devices.load, devices.resting) / devices.load.writes,
		deliveryCpu: atLeast0(beyond(viewers.load, viewers.resting) - writeCpu * viewers.load.writes) / viewers.load.heard,
		signDisk: made.signDisk,
		writeDisk: (target.disk() - made.disk) / (counted + deviceWrites),
	};
	const loads = {
		'control: nobody is connected': idle.load,
		'control: changes, nobody listens': alone,
		'devices connect': devices.connecting,
		'devices rest': devices.resting,
		'changes, devices listen and report': devices.load,
		'viewers connect': viewers.connecting,
		'viewers rest': viewers.resting,
		'changes, viewers listen': viewers.load,
		'REST PATCH, as fast as it goes': rush.rest,
		'MQTT publish, as fast as it goes': rush.mqtt,
	};
	return { floor: idle.floor, memoryNoise: idle.memoryNoise, loads, costs };
}

const perSecond = ({ server }: Load) => server.cpu / server.seconds;
const atLeast0 = (difference: number) => Math.max(0, difference);

/** What a load cost beyond the server's own, and that of those who were connected. */
const beyond = (load: Load, resting: Load) => atLeast0(load.server.cpu - perSecond(resting) * load.server.seconds);
