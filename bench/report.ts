/** Formats the results for a person. Pure. */
import type { Load } from './loads.ts';
import type { Results } from './measure.ts';
import type { Options } from './options.ts';
import type { Costs, Node, Plan, Sized } from './sizing.ts';
import type { Latency } from './statistics.ts';

/** In cores: a thread that uses this much is saturated. */
const SATURATED = 0.85;
/** In cores: if other programs use this much, the measurement is disturbed. */
const DISTURBING = 0.2;

const COSTS: Record<keyof Costs, [label: string, unit: 'ms' | 'ms/s' | 'bytes']> = {
	idleCpu: ['server, nobody connected: CPU', 'ms/s'],
	idleMemory: ['server, nobody connected: memory', 'bytes'],
	deviceCpu: ['device at rest: CPU', 'ms/s'],
	deviceMemory: ['device at rest: memory', 'bytes'],
	connectCpu: ['device that connects: CPU', 'ms'],
	viewerCpu: ['viewer at rest: CPU', 'ms/s'],
	viewerMemory: ['viewer at rest: memory', 'bytes'],
	rowCpu: ['viewer that connects: CPU for each sign', 'ms'],
	changeCpu: ['change, with its delivery to a device and its report: CPU', 'ms'],
	deliveryCpu: ['event told to one viewer: CPU', 'ms'],
	signDisk: ['sign: disk', 'bytes'],
	writeDisk: ['write, for as long as the audit log keeps it: disk', 'bytes'],
};

export function report(options: Options, results: Results, node: Node, fleets: Sized[]): string {
	const { floor, memoryNoise, loads, costs } = results;
	return [
		...introduction(options),
		'Loads. CPU: of the busiest thread of the server and of this client, and of all else on this machine, in cores.',
		'Times, p50 / p99, in ms from before a write until: it is acknowledged, heard, known to be shown by the device.',
		alignColumns(LOAD_HEAD, Object.entries(loads).map(loadLine)),
		`A static file takes ${times(floor)} ms: nothing here can be faster. CPU is told in steps of 10 ms, and without`,
		`anybody connected memory changed by ${bytes(memoryNoise)}: smaller differences say nothing, and a cost of 0 is one that is`,
		'too small to be told from its control.',
		...disturbance(Object.values(loads)),
		'',
		'Costs of one, the input for sizing',
		alignColumns(
			['cost', 'of', ''],
			(Object.keys(COSTS) as (keyof Costs)[]).map((name) => costLine(name, costs[name]))
		),
		'',
		`Fleets, on nodes of ${node.cores} cores and ${bytes(node.memory)}, of which ${node.headroom * 100} % stay free`,
		alignColumns(PLAN_HEAD, fleets.map(planLine)),
		'Clusters: they know nothing of each other, and have a part of the signs and viewers each. Nodes: of each, one of',
		`which may die. No viewer is made to hear more than ${node.mostEvents} events in a second. docs/scaling.md has the formula.`,
	].join('\n');
}

function introduction({ quick, threads, signs, devices, viewers, rate, seconds, rest }: Options): string[] {
	return [
		...(quick ? ['Quick: these figures show that the benchmark works, and are worth nothing else.', ''] : []),
		`One Harper with ${threads} threads and ${signs} signs, on loopback, without TLS and passwords; ${devices} devices, then`,
		`${viewers} viewers of all signs. Each load takes ${seconds} s at ${rate} changes per second, each look at what rests ${rest} s.`,
		'Warm-up: the signs are made, and written as fast as they go while the first devices and viewers listen.',
		'After each load every subscriber had heard last what is stored, and every acknowledged write had counted.',
		'',
	];
}

const LOAD_HEAD = 'load,writes/s,heard/s,server,client,others,ms/write,acknowledged,heard,shown,saturates first'.split(
	','
);

function loadLine([name, load]: [string, Load]): string[] {
	const { server, client, others, writes, heard } = load;
	return [
		name,
		writes ? short(writes / server.seconds) : '',
		heard ? short(heard / server.seconds) : '',
		short(server.busiest),
		short(client.busiest),
		short(others),
		writes ? short(server.cpu / writes) : '',
		times(load.acknowledged),
		times(load.told),
		times(load.reported),
		writes ? saturated(load) : '',
	];
}

/** What saturates first: the busiest thread of the server or of this client, the machine, or nothing. */
export function saturated({ server, client, machine }: Pick<Load, 'server' | 'client' | 'machine'>): string {
	if (Math.max(server.busiest, client.busiest) >= SATURATED)
		return server.busiest >= client.busiest ? 'the server' : 'this client: the server can do more';
	return machine >= SATURATED ? 'the machine' : 'neither';
}

/** A warning when other programs used so much CPU that the figures are not those of the server. */
function disturbance(loads: Load[]): string[] {
	const max = Math.max(...loads.map(({ others }) => others));
	if (max < DISTURBING) return [];
	return [`Disturbed: other programs had up to ${short(max)} cores. End them, and measure again.`];
}

const costLine = (name: keyof Costs, value: number) => {
	const [label, unit] = COSTS[name];
	return [name, label, unit === 'bytes' ? bytes(value) : `${short(value)} ${unit}`];
};

const PLAN_HEAD = [
	'signs',
	'viewers',
	'clusters',
	'nodes of each',
	'events/s',
	'CPU',
	'memory',
	'disk',
	'a dead node costs',
];

const planLine = ({ signs, viewers, plan, impossible }: Sized) => [
	signs.toLocaleString('en'),
	viewers.toLocaleString('en'),
	...(plan ? planCells(plan) : [impossible!, ...Array(PLAN_HEAD.length - 3).fill('')]),
];

const planCells = (plan: Plan) => [
	String(plan.clusters),
	String(plan.nodes),
	short(plan.eventsPerSecond),
	percent(plan.cpuShare),
	bytes(plan.memory),
	bytes(plan.disk),
	`${short(plan.returnSeconds)} s`,
];

/** Rounds to two significant digits: a measurement is not more exact. */
const short = (value: number) => Number(value.toPrecision(2)).toLocaleString('en', { maximumSignificantDigits: 2 });
const percent = (share: number) => `${Math.round(share * 100)} %`;
const times = (latency?: Latency) => (latency?.count ? `${short(latency.p50!)} / ${short(latency.p99!)}` : '');

function bytes(value: number): string {
	const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
	const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
	return `${short(value / 1000 ** step)} ${units[step]}`;
}

/** A table as text: each column is as wide as its widest cell. */
export function alignColumns(head: string[], lines: string[][]): string {
	const all = [head, ...lines];
	const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
	return all
		.map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
		.join('\n');
}
