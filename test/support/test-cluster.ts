/**
 * A cluster for tests: three nodes on loopback addresses of their own, in a temporary folder. Each can be cut off from the
 * others, killed and started again. The nodes' logs are shown when a test failed.
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
import { get, type Row } from './clients.ts';
import { eventually } from './feed.ts';
import { cut, markConnections, open, whyNoFirewall } from './firewall.ts';
import { ADMIN, removeFolder } from '../../launcher/temporary-harper.ts';
import { keepLog } from './log.ts';

const COUNT = 3;

/** A network of its own for each run, beside 127.0.0.*, which is a user's. */
const NETWORK = `127.9.${process.pid % 256}`;
const ADDRESSES = Array.from({ length: COUNT }, (_, i) => `${NETWORK}.${i + 2}`);

/** The nodes of the test file: whose logs to show. */
let started: Harper[] = [];

/** Any that is nobody's. */
const FIRST_GROUP = 61_000;

export interface TestCluster {
	nodes: Harper[];
	/** The other nodes. */
	others(node: Harper): Harper[];
	/** Nothing passes between this node and the others any more, and nobody is told. */
	cut(node: Harper): { heal(): void };
	/** Starts a node again that was killed, in its place. */
	restart(node: Harper): Promise<Harper>;
	/** Ends all nodes and removes their folders. */
	remove(): Promise<void>;
}

/** @param bare without the application */
export async function startTestCluster(bare = false): Promise<TestCluster> {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-cluster-'));
	const ports = { httpPort: 9926, mqttPort: 1883, operationsPort: 9925 };
	// On one machine all nodes come from 127.0.0.1, which none of them knows another by.
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

/** `POST /Stamped/` writes to the sign `id` as if it was at the time `at`: a merge, or without `fields` its removal. */
const STAMPED = `const { Sign } = tables;
const revision = { __op__: 'add', value: 1 };
export class Stamped extends Resource {
	static async post(target, data) {
		const { id, at, fields } = await data;
		await (fields ? Sign.patch(id, { ...fields, revision }, { timestamp: at }) : Sign.delete(id, { timestamp: at }));
	}
}
`;

/** Tests that need a cluster. Where the machine allows none CI fails; elsewhere they are skipped, and say why. */
export async function describeCluster(name: string, tests: () => void): Promise<void> {
	const why = (await whyNoAddresses()) ?? whyNoFirewall();
	if (why && !process.env.CI) return void describe(name, () => test.skip(why, () => {}));
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

/** The same row on all nodes, once they have it. */
export async function untilEqual(nodes: Harper[], id: string, timeout = 20_000): Promise<Row | null> {
	const rows = await eventually(
		() => Promise.all(nodes.map((node) => get(id, node))),
		(rows) => new Set(rows.map(canonical)).size === 1,
		timeout,
		`the same row of ${id} on all nodes`
	);
	return rows[0]!;
}

/** Harper gives the fields of a row in the order in which they came to the node. */
const canonical = (row: Row | null) => JSON.stringify(row && Object.entries(row).sort());
