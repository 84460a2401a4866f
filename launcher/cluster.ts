/**
 * Starts the nodes of one cluster on this machine. Each node has its own loopback address, and all have the same ports.
 * Used by `npm run cluster` and by the tests of the cluster.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callerAccount, startHarper, type Harper, type Options } from './harper.ts';
import { sendOperation } from './operations-api.ts';
import { lacksReplication } from './replication.ts';

export const REPLICATION_PORT = 9933;

/** The options that all nodes share. `folder` will contain one folder per node. */
type Common = Omit<Options, 'host' | 'replication' | 'group'> & { operationsPort: number };

/** The options of each node. Their folders' names have no dots: with dots in a long path Harper's first start takes minutes. */
export function clusterOptions(addresses: string[], { folder, ...common }: Common): Options[] {
	return addresses.map((host, i) => ({
		...common,
		host,
		folder: join(folder, `node-${i + 1}`),
		replication: { port: REPLICATION_PORT, others: addresses.filter((other) => other !== host) },
	}));
}

/**
 * Starts all nodes, and waits until each is connected to every other one. If one does not start, it ends them all.
 * @throws like `startHarper`, and when the nodes do not connect to each other within 30 s
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
		while ((await countConnections(node)) < nodes.length - 1) {
			if (Date.now() > end) throw new Error(`node ${node.options.host} does not find the others: see ${node.logFile}`);
			await sleep(50);
		}
	}
}

/** The part of Harper's answer to `cluster_status` that is used here. */
interface ClusterStatus {
	connections?: { database_sockets?: { database: string; connected?: boolean }[] }[];
}

/** Counts the nodes to which this one has a connection for the signs' database; a bare Harper has only the system database. */
async function countConnections({ operationsUrl, options }: Harper): Promise<number> {
	const response = await sendOperation(operationsUrl!, { operation: 'cluster_status' }, callerAccount(options));
	if (!response.ok) {
		const text = await response.text();
		if (lacksReplication(text))
			throw new Error('this Harper has no replication, and so no cluster: choose another by HARPER');
		throw new Error(`node ${options.host} does not answer cluster_status: ${text}`);
	}
	const { connections = [] } = (await response.json()) as ClusterStatus;
	const replicated = options.bare ? 'system' : 'data';
	return connections.filter(({ database_sockets: sockets = [] }) =>
		sockets.some(({ database, connected }) => database === replicated && connected)
	).length;
}
