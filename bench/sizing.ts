/**
 * Calculates how many nodes a fleet needs, from the costs of one sign, viewer and change. docs/scaling.md explains the
 * formula. Pure.
 *
 * Every node of a cluster stores every sign and applies every change. Devices and viewers are distributed among the nodes.
 */

/** The costs that `npm run bench` measures. CPU is in ms, or in ms per second for clients at rest; memory and disk in bytes. */
export interface Costs {
	/** A server without clients. */
	idleCpu: number;
	idleMemory: number;
	/** A device at rest: connected, without events. */
	deviceCpu: number;
	deviceMemory: number;
	/** A device that connects, up to its report of the revision that it shows. */
	connectCpu: number;
	/** A viewer of all signs at rest. */
	viewerCpu: number;
	viewerMemory: number;
	/** The event of one sign, for a viewer that connects. */
	rowCpu: number;
	/** One change, its event to the device, and the device's report. */
	changeCpu: number;
	/** One event to one viewer. */
	deliveryCpu: number;
	signDisk: number;
	writeDisk: number;
}

export interface Fleet {
	/** Each sign has a device. */
	signs: number;
	/** Each viewer is subscribed to all signs of its cluster. */
	viewers: number;
	/** Changes of one sign. */
	changesPerHour: number;
}

export interface Node {
	cores: number;
	/** In bytes. */
	memory: number;
	/** Share of CPU and memory that stays free, for bursts, for threads with more connections than others, and for garbage. */
	headroom: number;
	/** Maximum number of events per second for a viewer. */
	mostEvents: number;
	/** How long Harper's audit log stores a write. */
	retentionDays: number;
}

export interface Plan {
	/** Independent clusters, each with its share of the signs and viewers. */
	clusters: number;
	/** Nodes of each cluster: as many as the load needs, and one that may fail. */
	nodes: number;
	/** Events that each viewer receives. */
	eventsPerSecond: number;
	/** Of each node while one is down; cpuShare from 0 to 1. */
	cpuShare: number;
	memory: number;
	disk: number;
	/** When a node fails, its clients reconnect: how long that keeps the other nodes busy, in s. */
	returnSeconds: number;
}

/** The change and the device's report of it. Both are writes, and every viewer receives both. */
const EVENTS_PER_CHANGE = 2;

/** Maximum share of a node's usable CPU for applying changes. More nodes would not reduce it: each applies every change. */
const MAX_SHARE_FOR_CHANGES = 0.5;

/**
 * @param costs measured costs of one
 * @param node the machine that each node runs on
 * @throws when such a machine is too small even for a node without clients
 */
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

	// per node
	const baseMemory = costs.idleMemory + signs * costs.signDisk;
	const memory = usable * node.memory - baseMemory;
	if (memory <= 0)
		throw new Error('a node of this size has no memory left beside the signs: take more memory, or less headroom');
	const baseCpu = changes * costs.changeCpu;
	// in the whole cluster
	const sharedCpu = signs * costs.deviceCpu + viewers * (costs.viewerCpu + events * costs.deliveryCpu);
	const sharedMemory = signs * costs.deviceMemory + viewers * costs.viewerMemory;

	const carrying = Math.max(1, Math.ceil(sharedCpu / (cpu - baseCpu)), Math.ceil(sharedMemory / memory));
	const failedShare = 1 / (carrying + 1);
	const reconnectCpu = failedShare * (signs * costs.connectCpu + viewers * signs * costs.rowCpu);
	return {
		clusters,
		nodes: carrying + 1,
		eventsPerSecond: events,
		cpuShare: (costs.idleCpu + baseCpu + sharedCpu / carrying) / (node.cores * 1000),
		memory: baseMemory + sharedMemory / carrying,
		disk: signs * costs.signDisk + events * 86_400 * node.retentionDays * costs.writeDisk,
		returnSeconds: reconnectCpu / (carrying * node.cores * 1000),
	};
}

/** The smallest number of clusters that respects the CPU limit for changes and the event limit for viewers. */
function countClusters({ signs, viewers, changesPerHour }: Fleet, costs: Costs, node: Node, cpu: number): number {
	const changes = (signs * changesPerHour) / 3600;
	const forWrites = (changes * costs.changeCpu) / (cpu * MAX_SHARE_FOR_CHANGES);
	const forViewers = viewers ? (changes * EVENTS_PER_CHANGE) / node.mostEvents : 0;
	return Math.max(1, Math.ceil(forWrites), Math.ceil(forViewers));
}

/** A fleet with its plan, or with the reason why such nodes cannot serve it. */
export type Sized = Fleet & { plan?: Plan; impossible?: string };

/** Plans the three example fleets of docs/scaling.md. */
export const planFleets = (perHour: number, signsPerViewer: number, costs: Costs, node: Node) =>
	[100, 10_000, 1_000_000].map((signs): Sized => {
		const fleet = { signs, viewers: Math.ceil(signs / signsPerViewer), changesPerHour: perHour };
		try {
			return { ...fleet, plan: sizeFleet(fleet, costs, node) };
		} catch (error) {
			return { ...fleet, impossible: (error as Error).message };
		}
	});
