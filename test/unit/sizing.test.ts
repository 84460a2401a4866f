/** The fleet sizes that `npm run bench` computes from its measurement. The costs here are invented, round numbers. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { saturated } from '../../bench/report.ts';
import { sizeFleet, type Costs, type Fleet, type Node } from '../../bench/sizing.ts';
import { percentile } from '../../bench/statistics.ts';

const COSTS: Costs = {
	idleCpu: 100,
	idleMemory: 500e6,
	deviceCpu: 0.1,
	deviceMemory: 50e3,
	connectCpu: 10,
	viewerCpu: 0.1,
	viewerMemory: 100e3,
	rowCpu: 0.1,
	changeCpu: 10,
	deliveryCpu: 0.1,
	signDisk: 1_000,
	writeDisk: 500,
};
/** 900 of the 2,000 ms of CPU time in a second are left: half stays free, and the server itself uses 100. */
const NODE: Node = { cores: 2, memory: 8e9, headroom: 0.5, mostEvents: 50, retentionDays: 3 };
const fleet = (signs: number, viewers: number, changesPerHour = 6): Fleet => ({ signs, viewers, changesPerHour });

test('a small fleet needs one node, and another for when that dies', () => {
	expect(sizeFleet(fleet(100, 10), COSTS, NODE)).toMatchObject({ clusters: 1, nodes: 2 });
});

test('every figure follows from the costs', () => {
	// 3,600 signs, changed once in an hour: one change and two events in a second
	const plan = sizeFleet(fleet(3_600, 100, 1), COSTS, NODE);
	const cpu = 100 + 10 + 3_600 * 0.1 + 100 * (0.1 + 2 * 0.1);
	expect(plan.eventsPerSecond).toBe(2);
	expect(plan.nodes).toBe(2);
	expect(plan.cpuShare).toBeCloseTo(cpu / 2_000);
	expect(plan.memory).toBeCloseTo(500e6 + 3_600 * (1_000 + 50e3) + 100 * 100e3);
	expect(plan.disk).toBeCloseTo(3_600 * 1_000 + 2 * 86_400 * 3 * 500);
	// half of the devices and viewers move to the remaining node
	expect(plan.returnSeconds).toBeCloseTo((3_600 * 10 + 100 * 3_600 * 0.1) / 2 / 2_000);
});

test('more devices and viewers are carried by more nodes', () => {
	const nodes = (signs: number, viewers: number) => sizeFleet(fleet(signs, viewers, 1), COSTS, NODE).nodes;
	expect(nodes(20_000, 0)).toBe(1 + Math.ceil(2_000 / (900 - 20_000 / 360)));
	expect(nodes(3_600, 10_000)).toBe(1 + Math.ceil((360 + 10_000 * 0.3) / (900 - 10)));
});

test('memory can require more nodes even where CPU time does not', () => {
	const small = { ...NODE, memory: 2e9 };
	expect(sizeFleet(fleet(100, 8_000, 0), COSTS, NODE).nodes).toBe(2);
	expect(sizeFleet(fleet(100, 8_000, 0), COSTS, small).nodes).toBe(3);
});

test('changes are the same work on every node: too many of them need more clusters, not more nodes', () => {
	// 450 ms of each second are for changes: enough for 45
	expect(sizeFleet(fleet(45 * 600, 0), COSTS, NODE).clusters).toBe(1);
	const plan = sizeFleet(fleet(45 * 600 + 600, 0), COSTS, NODE);
	expect(plan.clusters).toBe(2);
	expect(plan.eventsPerSecond).toBe(2 * 23);
});

test('no viewer receives more than it can show', () => {
	expect(sizeFleet(fleet(15_000, 1), COSTS, NODE)).toMatchObject({ clusters: 1, eventsPerSecond: 50 });
	expect(sizeFleet(fleet(15_001, 1), COSTS, NODE).clusters).toBe(2);
	expect(sizeFleet(fleet(15_001, 0), COSTS, NODE).clusters).toBe(1);
});

test('signs that never change need no second database', () => {
	expect(sizeFleet(fleet(1_000_000, 1, 0), COSTS, { ...NODE, memory: 64e9 }).clusters).toBe(1);
});

test('a node that is too small is refused, with a hint what to do', () => {
	expect(() => sizeFleet(fleet(1, 1), COSTS, { ...NODE, headroom: 0.96 })).toThrow('take more cores');
	expect(() => sizeFleet(fleet(1, 1), COSTS, { ...NODE, memory: 1e9 })).toThrow('take more memory');
});

test.for([100, 10_000, 1_000_000])('the example of %i signs in docs/scaling.md is what the rule gives', (signs) => {
	const node = { ...NODE, cores: 4 };
	const plan = sizeFleet(fleet(signs, Math.ceil(signs / 100)), COSTS, node);
	const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
	const row = [
		signs.toLocaleString('en'),
		plan.clusters,
		plan.nodes,
		`${Math.round(plan.cpuShare * 100)} %`,
		gigabytes(plan.memory),
		gigabytes(plan.disk),
		`${plan.returnSeconds.toFixed(1)} s`,
	];
	expect(readFileSync('docs/scaling.md', 'utf8')).toContain(`| ${row.join(' | ')} |`);
});

test('a percentile is one of the samples', () => {
	const samples = [5, 1, 4, 2, 3];
	expect([0, 0.5, 0.8, 0.99, 1].map((share) => percentile(samples, share))).toEqual([1, 3, 4, 5, 5]);
	expect(percentile([], 0.5)).toBeUndefined();
});

test.for([
	['the server', 0.9, 0.5, 0.7],
	['this client: the server can do more', 0.9, 0.95, 1],
	['the machine', 0.5, 0.4, 0.99],
	['neither', 0.5, 0.4, 0.6],
] as const)('it reports that %s saturates first', ([who, server, client, machine]) => {
	const spent = (busiest: number) => ({ seconds: 1, cpu: 0, busiest });
	expect(saturated({ server: spent(server), client: spent(client), machine })).toBe(who);
});
