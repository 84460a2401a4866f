/**
 * How many nodes a fleet needs, from what one sign, viewer and change costs: the formula of docs/scaling.md. Pure.
 *
 * Every node of a cluster holds every sign and applies every change; devices and viewers are spread over the nodes.
 */

/** What `npm run bench` measures. CPU in ms, or in ms per second for what rests; memory and disk in bytes. */
export interface Costs {
	/** Of a server to which nobody is connected. */
	idleCpu: number;
	idleMemory: number;
	/** Of a device that is connected and hears nothing. */
	deviceCpu: number;
	deviceMemory: number;
	/** Of a device's way from no connection until it has reported what it shows. */
	connectCpu: number;
	/** Of a viewer of all signs that hears nothing. */
	viewerCpu: number;
	viewerMemory: number;
	/** Of telling a viewer that connects one of the signs. */
	rowCpu: number;
	/** Of one change, its way to the device, and the device's report. */
	changeCpu: number;
	/** Of telling one viewer one event. */
	deliveryCpu: number;
	signDisk: number;
	writeDisk: number;
}

export interface Fleet {
	/** Each with a device. */
	signs: number;
	/** Of all signs. */
	viewers: number;
	/** Of one sign. */
	changesPerHour: number;
}

export interface Node {
	cores: number;
	/** In bytes. */
	memory: number;
	/** Share that stays free: for bursts, for threads that got more connections than others, and for garbage. */
	headroom: number;
	/** How many events in a second a viewer is made to hear, at most. */
	mostEvents: number;
	/** How long a change is kept for those who missed it: Harper's audit log. */
	retentionDays: number;
}

export interface Plan {
	/** Clusters that know nothing of each other, each with its share of signs and viewers. */
	clusters: number;
	/** Of each cluster: as many as carry it, and one that may die. */
	nodes: number;
	/** What a viewer hears. */
	eventsPerSecond: number;
	/** Of each node, when one is dead. */
	cpuShare: number;
	memory: number;
	disk: number;
	/** How long the others are busy, when one node dies, with telling its devices and viewers the current state; in s. */
	returnSeconds: number;
}

/** A change, and the device's report of it: both are writes, and every viewer hears both. */
const EVENTS_PER_CHANGE = 2;

/** Of what a node may use, the share that applying changes may take: the same on every node, however many there are. */
const MOST_FOR_CHANGES = 0.5;

/** @throws when one node alone, with nothing connected, is too much for such a node */
export function sizeFleet(fleet: Fleet, costs: Costs, node: Node): Plan {
	const usable = 1 - node.headroom;
	const cpu = usable * node.cores * 1000 - costs.idleCpu;
	if (cpu <= 0)
		throw new Error('a node of this size has no CPU left beside an idle server: take more cores, or less headroom');
	const clusters = countClusters(fleet, costs, node, cpu);
	const signs = Math.ceil(fleet.signs / clusters);
	const viewers = Math.ceil(fleet.viewers / clusters);
	const changes = (signs * fleet.changesPerHour) / 3600;
	const events = changes * EVENTS_PER_CHANGE;

	// on every node
	const baseMemory = costs.idleMemory + signs * costs.signDisk;
	const memory = usable * node.memory - baseMemory;
	if (memory <= 0)
		throw new Error('a node of this size has no memory left beside the signs: take more memory, or less headroom');
	const baseCpu = changes * costs.changeCpu;
	// of the whole cluster
	const sharedCpu = signs * costs.deviceCpu + viewers * (costs.viewerCpu + events * costs.deliveryCpu);
	const sharedMemory = signs * costs.deviceMemory + viewers * costs.viewerMemory;

	const carrying = Math.max(1, Math.ceil(sharedCpu / (cpu - baseCpu)), Math.ceil(sharedMemory / memory));
	const orphans = 1 / (carrying + 1);
	const returning = orphans * (signs * costs.connectCpu + viewers * signs * costs.rowCpu);
	return {
		clusters,
		nodes: carrying + 1,
		eventsPerSecond: events,
		cpuShare: (costs.idleCpu + baseCpu + sharedCpu / carrying) / (node.cores * 1000),
		memory: baseMemory + sharedMemory / carrying,
		disk: signs * costs.signDisk + events * 86_400 * node.retentionDays * costs.writeDisk,
		returnSeconds: returning / (carrying * node.cores * 1000),
	};
}

/** As few as leave room for more than changes on each node, and tell a viewer no more than it can show. */
function countClusters({ signs, viewers, changesPerHour }: Fleet, costs: Costs, node: Node, cpu: number): number {
	const changes = (signs * changesPerHour) / 3600;
	const forWrites = (changes * costs.changeCpu) / (cpu * MOST_FOR_CHANGES);
	const forViewers = viewers ? (changes * EVENTS_PER_CHANGE) / node.mostEvents : 0;
	return Math.max(1, Math.ceil(forWrites), Math.ceil(forViewers));
}

/** A fleet, and what it needs or why no number of such nodes carries it. */
export type Sized = Fleet & { plan?: Plan; impossible?: string };

/** The fleets that docs/scaling.md works through. */
export const planFleets = (perHour: number, signsPerViewer: number, costs: Costs, node: Node) =>
	[100, 10_000, 1_000_000].map((signs): Sized => {
		const fleet = { signs, viewers: Math.ceil(signs / signsPerViewer), changesPerHour: perHour };
		try {
			return { ...fleet, plan: sizeFleet(fleet, costs, node) };
		} catch (error) {
			return { ...fleet, impossible: (error as Error).message };
		}
	});
