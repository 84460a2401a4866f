/** One contract over three nodes: a write to any node, over any protocol, reaches all subscribers of the others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harper } from '../../launcher/harper.ts';
import { DEFAULTS } from '../../sign/fields.ts';
import {
	get,
	newId,
	openEventSource,
	operation,
	publishers,
	rest,
	subscribeMqtt,
	subscribers,
	type Row,
} from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { startProgram } from '../support/program.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../support/test-cluster.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** A login that fails is a wrong one: too many of them are refused. */
const RARELY = { interval: 250 };

await describeCluster('in a cluster', () => {
	let cluster: TestCluster;
	beforeAll(async () => {
		cluster = await startTestCluster();
	});
	afterAll(() => cluster?.remove());

	const MESSAGE = 'Gate 12 → 14 ☕';

	describe.for([0, 1, 2])('node %i', (index) => {
		test.for(publishers)('publishes to every subscriber of the other nodes what $name writes', async ({ open }) => {
			const node = cluster.nodes[index]!;
			const id = newId('across');
			const received = await Promise.all(
				cluster
					.others(node)
					.flatMap((other) => subscribers.map(async ({ open }) => ({ other, feed: await open(id, other) })))
			);
			const write = await open(id, node);
			await write({ message: MESSAGE, brightness: 0 });
			for (const { other, feed } of received) {
				const { row } = await feed.until(({ row }) => row?.message === MESSAGE);
				expect(row).toEqual(await get(id, other));
				expect(row).toMatchObject({ id, ...DEFAULTS, message: MESSAGE, brightness: 0, revision: 1 });
			}
		});
	});

	test('a sign that is removed on one node is removed on all, with an event', async () => {
		const [one, other] = cluster.nodes as [Harper, Harper];
		const id = newId('removed');
		await rest('PUT', `/Sign/${id}`, { message: 'there' }, ADMIN, one);
		const { feed } = await subscribeMqtt('MQTT 3.1.1', `Sign/${id}`, {}, other);
		await feed.until(({ row }) => row?.message === 'there');
		await rest('DELETE', `/Sign/${id}`, undefined, ADMIN, one);
		await feed.until(({ row }) => row === null);
		expect(await untilEqual(cluster.nodes, id)).toBeNull();
	});

	test('merges of different fields on all nodes at once survive on all', async () => {
		const id = newId('merges');
		await rest('PUT', `/Sign/${id}`, {}, ADMIN, cluster.nodes[0]);
		await untilEqual(cluster.nodes, id);
		for (let round = 1; round <= 20; round++) {
			const changes = [{ message: `m${round}` }, { speed: round }, { brightness: round % 16 }];
			await Promise.all(cluster.nodes.map((node, i) => rest('PATCH', `/Sign/${id}`, changes[i], ADMIN, node)));
			expect(await untilEqual(cluster.nodes, id)).toMatchObject({
				...Object.assign({}, ...changes),
				revision: 1 + 3 * round,
			});
		}
	});

	test('an account that is made on one node is known on all, and so is the end of it', async () => {
		const account = { username: newId('account'), password: 'secret' };
		const [one] = cluster.nodes as [Harper];
		await operation({ operation: 'add_user', ...account, role: 'sign_viewer', active: true }, one);
		const statuses = async () =>
			Promise.all(cluster.nodes.map(async (node) => (await rest('GET', '/Sign/', undefined, account, node)).status));
		await expect.poll(statuses, RARELY).toEqual([200, 200, 200]);
		await operation({ operation: 'drop_user', username: account.username }, one);
		await expect.poll(statuses, RARELY).toEqual([401, 401, 401]);
	});

	test('why a write was refused can be read on every node', async () => {
		const [one, , last] = cluster.nodes as [Harper, Harper, Harper];
		const { client } = await subscribeMqtt('MQTT 3.1.1', `Sign/${newId()}`, {}, one);
		await client.publishAsync('Sign/refused', '{"brightness":99}', { qos: 1 });
		await expect
			.poll(() => rest('GET', `/Rejection/${ADMIN.username}`, undefined, ADMIN, last))
			.toMatchObject({ text: expect.stringContaining('brightness must be a whole number') });
	});

	// Cause: a restarted node publishes the will that it has stored about 2 s after its start, and that reaches all nodes.
	test('a device that moves from a dead node to a living one is online on all', { timeout: 120_000 }, async () => {
		const [dead, living] = cluster.nodes as [Harper, Harper];
		const account = { username: newId('moves'), password: 'secret' };
		const { username: id, password } = account;
		await operation({ operation: 'add_user', ...account, role: 'sign_device', active: true }, dead);
		await expect
			.poll(() => rest('GET', `/Sign/${id}`, undefined, account, living), RARELY)
			.toMatchObject({ status: 404 });
		const start = ({ mqttUrl }: Harper) =>
			startProgram('device/main.ts', [id, '--url', mqttUrl, '--plain'], { SIGN_PASSWORD: password });
		const isOnline = (nodes: Harper[], since = '') =>
			eventually(
				() => Promise.all(nodes.map((node) => get(id, node))),
				(rows) => rows.every((row) => row?.online && row.shownRevision === row.revision && row.updatedAt > since)
			);
		const before = start(dead);
		await isOnline(cluster.nodes);
		await dead.kill();
		before.child.kill('SIGKILL');
		const { updatedAt: ofDead } = (await get(id, living))!;
		start(living);
		const [{ updatedAt }] = (await isOnline(cluster.others(dead), ofDead)) as [Row];
		const { feed } = await openEventSource(`/Sign/${id}`, ADMIN, living);
		await cluster.restart(dead);
		// the will, or the device's answer to it
		await feed.until(({ value }) => value!.updatedAt > updatedAt, 30_000);
		await eventually(
			() => untilEqual(cluster.nodes, id),
			(row) => row?.online === true && row.shownRevision === row.revision
		);
	});
});
