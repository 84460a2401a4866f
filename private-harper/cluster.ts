/**
 * Several nodes of one cluster on this machine, each on a loopback address of its own with the usual ports. Harper's own
 * replication keeps them alike. `npm run cluster` and the tests of the cluster start them here.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { caller, startHarper, type Harper, type Options } from './harper.ts';
import { askOperation } from './operations-api.ts';

export const REPLICATION_PORT = 9933;

/** What the nodes have in common; `folder` has one for each. */
type Common = Omit<Options, 'host' | 'replication' | 'group'> & { operationsPort: number };

/** The options of each node. The name of its folder has no dots: in a long path Harper's first start then takes minutes. */
export function nodesOf(addresses: string[], { folder, ...common }: Common): Options[] {
	return addresses.map((host, i) => ({
		...common,
		host,
		folder: join(folder, `node-${i + 1}`),
		replication: { port: REPLICATION_PORT, others: addresses.filter((other) => other !== host) },
	}));
}

/**
 * Starts all nodes, and waits until each hears each other one. Ends them all if one does not start.
 * @throws like startHarper, and when they do not find each other within half a minute
 */
export async function startNodes(options: Options[]): Promise<Harper[]> {
	const starts = await Promise.allSettled(options.map(startHarper));
	const nodes = starts.filter((start) => start.status === 'fulfilled').map(({ value }) => value);
	try {
		for (const start of starts) if (start.status === 'rejected') throw start.reason;
		await untilConnected(nodes);
		return nodes;
	} catch (cause) {
		await Promise.all(nodes.map((node) => node.stop()));
		throw cause;
	}
}

/** In ms. */
const CONNECT_TIMEOUT = 30_000;

async function untilConnected(nodes: Harper[]): Promise<void> {
	const end = Date.now() + CONNECT_TIMEOUT;
	for (const node of nodes) {
		while ((await othersHeard(node)) < nodes.length - 1) {
			if (Date.now() > end) throw new Error(`node ${node.options.host} does not find the others: see ${node.logFile}`);
			await sleep(50);
		}
	}
}

/** What Harper's operation `cluster_status` tells, of which only this is used. */
interface ClusterStatus {
	connections?: { database_sockets?: { database: string; connected?: boolean }[] }[];
}

/** How many nodes this one has a connection to that carries the signs; without the application, that carries anything. */
async function othersHeard({ operationsUrl, options }: Harper): Promise<number> {
	const response = await askOperation(operationsUrl!, { operation: 'cluster_status' }, caller(options));
	if (!response.ok) throw new Error(`node ${options.host} does not tell whom it hears: ${await response.text()}`);
	const { connections = [] } = (await response.json()) as ClusterStatus;
	const carried = options.bare ? 'system' : 'data';
	return connections.filter(({ database_sockets: sockets = [] }) =>
		sockets.some(({ database, connected }) => database === carried && connected)
	).length;
}
