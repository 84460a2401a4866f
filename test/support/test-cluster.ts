/**
 * A cluster for tests: three nodes on their own loopback addresses, in a temporary folder. Each can be cut off from the others,
 * killed and started again. When a test failed the paths of the nodes' logs are printed.
 */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'vitest';
import { addComponent } from '../../launcher/component.ts';
import { clusterOptions, startNodes } from '../../launcher/cluster.ts';
import { startHarper, type Harper } from '../../launcher/harper.ts';
import { isOtherHarper } from '../../launcher/harper-entry.ts';
import { replicates } from '../../launcher/replication.ts';
import { get, rest, type Row } from './clients.ts';
import { eventually } from './feed.ts';
import { cut, markConnections, open, whyNoFirewall } from './firewall.ts';
import { ADMIN, removeFolder, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { keepLog } from './log.ts';

const COUNT = 3;

/** Each run has its own network. 127.0.0.* is left to a cluster that a user runs. */
const NETWORK = `127.${9 + ((process.pid >> 8) % 128)}.${process.pid % 256}`;
const ADDRESSES = Array.from({ length: COUNT }, (_, i) => `${NETWORK}.${i + 2}`);

/** The nodes of the test file, for their logs. */
let started: Harper[] = [];

/** Group ids that nobody uses. Each run has its own: the firewall is the machine's. */
const FIRST_GROUP = 61_000 + (process.pid % 1_000) * COUNT;

export interface TestCluster {
	nodes: Harper[];
	/** The other nodes. */
	others(node: Harper): Harper[];
	/** Drops all packets between this node and the others, silently. */
	cut(node: Harper): { heal(): void };
	/** Starts a killed node again, and puts the new one into `nodes`. */
	restart(node: Harper): Promise<Harper>;
	/** Ends all nodes and removes their folders. */
	remove(): Promise<void>;
}

/** @param bare whether the nodes start without the application */
export async function startTestCluster(bare = false): Promise<TestCluster> {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-cluster-'));
	const ports = { httpPort: 9926, mqttPort: 1883, operationsPort: 9925 };
	// on one machine all connections between nodes come from 127.0.0.1, which is the address of no node
	const common = { folder, ...ports, admin: ADMIN, authorizeLocal: true, threads: 2, bare };
	const options = clusterOptions(ADDRESSES, common).map((node, i) => ({ ...node, group: FIRST_GROUP + i }));
	const remove = (nodes: Harper[]) => {
		open();
		return Promise.all(nodes.map((node) => node.stop())).then(() => removeFolder(folder));
	};
	if (!bare) for (const node of options) addComponent(node.folder, 'stamped', STAMPED);
	markConnections(options);
	const nodes = await startNodes(options).catch(async (cause) => {
		await remove([]);
		throw cause;
	});
	started = nodes;
	return {
		nodes,
		others: (node) => nodes.filter((other) => other !== node),
		cut: (node) => cut(node.options),
		async restart(node) {
			const again = await startHarper(node.options);
			nodes[nodes.indexOf(node)] = again;
			return again;
		},
		remove: () => remove(nodes),
	};
}

/** `POST /Stamped/` writes to the sign `id` with the timestamp `at`: a merge, or without `fields` a removal. */
const STAMPED = `const { Sign } = tables;
const revision = { __op__: 'add', value: 1 };
export class Stamped extends Resource {
	static async post(target, data) {
		const { id, at, fields } = await data;
		await (fields ? Sign.patch(id, { ...fields, revision }, { timestamp: at }) : Sign.delete(id, { timestamp: at }));
	}
}
`;

/**
 * Tests that need a cluster. Where the machine allows none, CI fails; elsewhere they are skipped with the reason. They are
 * skipped on a Harper without replication, too.
 */
export async function describeCluster(name: string, tests: () => void): Promise<void> {
	const noMachine = (await whyNoAddresses()) ?? whyNoFirewall();
	const why = (process.env.CI ? undefined : noMachine) ?? (await whyNoReplication());
	if (why) return void describe(name, () => test.skip(why, () => {}));
	describe(name, () => {
		beforeEach(({ onTestFailed }) =>
			onTestFailed(async () => {
				for (const node of started) await keepLog(node);
			})
		);
		tests();
	});
}

async function whyNoAddresses(): Promise<string | undefined> {
	const server = createServer().listen(0, ADDRESSES[0]);
	try {
		await once(server, 'listening');
		return undefined;
	} catch {
		return `this machine has no ${ADDRESSES[0]}: a cluster needs several loopback addresses, which macOS does not have`;
	} finally {
		server.close();
	}
}

/** The Harper of node_modules replicates; another one is asked. */
async function whyNoReplication(): Promise<string | undefined> {
	if (!isOtherHarper()) return undefined;
	const harper = await startTemporaryHarper({ bare: true });
	try {
		const isReplicating = await replicates(harper.operationsUrl!, ADMIN);
		return isReplicating ? undefined : `${process.env.HARPER} has no replication (it does not know cluster_status)`;
	} finally {
		await harper.remove();
	}
}

/** Waits until all nodes have the same row, and the same `changedAt`. @returns the row */
export async function untilEqual(nodes: Harper[], id: string, timeout = 20_000): Promise<Row | null> {
	const changedAt = async (node: Harper) =>
		(await rest('GET', `/Sign/${id}?select(id,changedAt)`, undefined, ADMIN, node)).text;
	const states = await eventually(
		() => Promise.all(nodes.map(async (node) => ({ row: await get(id, node), changedAt: await changedAt(node) }))),
		(states) => new Set(states.map(({ row, changedAt }) => canonical(row) + changedAt)).size === 1,
		timeout,
		`the same row of ${id} on all nodes`
	);
	return states[0]!.row;
}

/** The row with sorted fields: Harper returns them in the order in which they arrived at the node. */
const canonical = (row: Row | null) => JSON.stringify(row && Object.entries(row).sort());
