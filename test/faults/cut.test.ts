/**
 * A cluster whose nodes are cut off from each other while clients write to them. In the end all nodes have the same rows,
 * no write is lost, and the last event of every subscriber equals its node's row.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Harper } from '../../launcher/harper.ts';
import { DEFAULTS } from '../../sign/fields.ts';
import { get, newId, rest, subscribers, type ReceivedEvent, type Row } from '../support/clients.ts';
import { eventually, type Feed } from '../support/feed.ts';
import { anyWrite, made, randomOf, write, writeAt } from '../support/node-writes.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../support/test-cluster.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const MINUTES = { timeout: 240_000 };

/** Every kind of subscriber, on every node. */
const subscribeAll = (nodes: Harper[], id: string) =>
	Promise.all(nodes.flatMap((node) => subscribers.map(async ({ open }) => ({ node, feed: await open(id, node) }))));

/** Expects that the last event of each is the row that all nodes have. */
async function expectReceived(
	subscriptions: { node: Harper; feed: Feed<ReceivedEvent> }[],
	id: string,
	row: Row | null
): Promise<void> {
	await Promise.all(subscriptions.map(({ feed }) => feed.until(() => isDeepStrictEqual(feed.last?.row, row))));
	await Promise.all(subscriptions.map(({ feed }) => feed.silence(500)));
	for (const { node, feed } of subscriptions) expect(feed.last!.row).toEqual(await get(id, node));
}

await describeCluster('a cluster', () => {
	let cluster: TestCluster;
	beforeAll(async () => {
		cluster = await startTestCluster();
	});
	afterAll(() => cluster?.remove());

	/** Cuts off one node until `heal` or the end of the test. @returns it and the two others */
	function cutOne(which = 0) {
		const node = cluster.nodes[which]!;
		const { heal } = cluster.cut(node);
		onTestFinished(heal);
		return { node, others: cluster.others(node) as [Harper, Harper], heal };
	}

	test('that is cut before its first write, for more than a minute, loses none', MINUTES, async () => {
		const { node, others, heal } = cutOne(2);
		const id = newId('young');
		await write(others[0], id, { message: 'm', location: 'l' });
		await write(node, id, { brightness: 1, effect: 'blink' });
		await write(others[1], id, { speed: 99 });
		await sleep(65_000); // Harper's minute
		heal();
		const row = await untilEqual(cluster.nodes, id, 120_000);
		expect(row).toMatchObject({ message: 'm', location: 'l', brightness: 1, effect: 'blink', speed: 99, revision: 3 });
	});

	test('keeps different fields that both sides of a cut write, and of the same field the latest', MINUTES, async () => {
		const id = await made(cluster.nodes);
		const subscriptions = await subscribeAll(cluster.nodes, id);
		const { node, others, heal } = cutOne();
		await write(node, id, { message: 'of one side', effect: 'blink' });
		await write(others[0], id, { color: '#112233', effect: 'scroll' });
		await write(others[1], id, { location: 'hall' });
		await write(node, id, { brightness: 3 });
		await write(node, id, { power: false });
		await write(others[1], id, { power: true });
		expect((await untilEqual(others, id))!.message, 'the network is cut').toBe('');
		heal();
		const row = await untilEqual(cluster.nodes, id);
		expect(row).toMatchObject({
			message: 'of one side',
			color: '#112233',
			location: 'hall',
			effect: 'scroll',
			brightness: 3,
			power: true,
			revision: 7,
		});
		await expectReceived(subscriptions, id, row);
	});

	test('keeps what both sides of a cut gave to a sign that each of them made', MINUTES, async () => {
		const id = newId('cut');
		const { node, others, heal } = cutOne(1);
		await write(node, id, { message: 'made' });
		await write(others[0], id, { location: 'made too' });
		await write(node, id, { speed: 7 });
		heal();
		const row = await untilEqual(cluster.nodes, id);
		expect(row).toMatchObject({ ...DEFAULTS, message: 'made', location: 'made too', speed: 7, revision: 3 });
		for (const node of cluster.nodes) {
			const found = await rest('GET', '/Sign/?location=made%20too', undefined, ADMIN, node);
			expect(found.json()).toHaveLength(1);
			expect((await rest('GET', '/Sign/?location=', undefined, ADMIN, node)).text).not.toContain(id);
		}
	});

	test(
		'has a sign by what was written after one side of a cut removed it, and not what was before',
		MINUTES,
		async () => {
			const id = await made(cluster.nodes, { message: 'before', location: 'before' });
			const subscriptions = await subscribeAll(cluster.nodes, id);
			const { node, others, heal } = cutOne();
			await write(others[0], id, { speed: 1 });
			await write(node, id, undefined, 'DELETE');
			await write(others[0], id, { brightness: 1 });
			await write(others[1], id, { color: '#abcdef' });
			heal();
			const row = await untilEqual(cluster.nodes, id);
			expect(row).toMatchObject({ ...DEFAULTS, brightness: 1, color: '#abcdef', revision: 2 });
			await expectReceived(subscriptions, id, row);
		}
	);

	test('has no sign that one side of a cut removed after the other had written it', MINUTES, async () => {
		const id = await made(cluster.nodes, { message: 'before' });
		const { node, others, heal } = cutOne();
		await write(others[0], id, { speed: 1 });
		await write(others[1], id, { brightness: 1 });
		await write(node, id, undefined, 'DELETE');
		heal();
		expect(await untilEqual(cluster.nodes, id)).toBeNull();
	});

	test('has a sign by what was written in the same millisecond as a removal, but later', MINUTES, async () => {
		const id = await made(cluster.nodes, { message: 'before' });
		const subscriptions = await subscribeAll(cluster.nodes, id);
		const { node, others, heal } = cutOne();
		const now = Date.now() + 1;
		await expect.poll(() => Date.now()).toBeGreaterThan(now);
		await writeAt(node, now + 0.5, id);
		await writeAt(others[0], now + 0.75, id, { brightness: 1 });
		await untilEqual(others, id);
		await writeAt(others[1], now + 0.25, id, { speed: 1 });
		expect(await untilEqual(others, id)).toMatchObject({ message: 'before', speed: 1, brightness: 1 });
		heal();
		const row = await untilEqual(cluster.nodes, id);
		expect(row).toMatchObject({ ...DEFAULTS, brightness: 1, revision: 1 });
		await expectReceived(subscriptions, id, row);
	});

	test(
		'takes away what was before a removal, when another node whose clock is ahead had written already',
		MINUTES,
		async () => {
			const id = await made(cluster.nodes, { message: 'before' });
			const [ahead, node] = cluster.nodes as [Harper, Harper];
			const now = Date.now() + 1;
			await expect.poll(() => Date.now()).toBeGreaterThan(now);
			await writeAt(ahead, now + 0.75, id, { brightness: 1 });
			await untilEqual(cluster.nodes, id);
			await writeAt(node, now + 0.5, id);
			const equal = await eventually(
				() => untilEqual(cluster.nodes, id),
				(row) => row?.revision === 1
			);
			expect(equal).toMatchObject({ ...DEFAULTS, brightness: 1, revision: 1 });
		}
	);

	test('ends equal whatever was written on which side', MINUTES, async () => {
		const random = randomOf(7);
		for (let round = 0; round < 4; round++) {
			const ids = Array.from({ length: 10 }, () => newId('any'));
			if (round % 2) for (const id of ids) await write(cluster.nodes[0]!, id, { message: 'made' });
			const { heal } = cutOne(random(3));
			for (let n = 0; n < 50; n++) {
				const [method, fields] = anyWrite(random);
				await write(cluster.nodes[random(3)]!, ids[random(ids.length)]!, fields, method);
			}
			heal();
			for (const id of ids) await untilEqual(cluster.nodes, id);
		}
	});
});
