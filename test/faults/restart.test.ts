/**
 * A cluster whose nodes are killed, started and frozen while clients write to them. In the end all nodes have the same rows,
 * no write is lost, and the last event of every subscriber equals its node's row.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Harper } from '../../launcher/harper.ts';
import { DEFAULTS } from '../../sign/fields.ts';
import { get, newId, openEventSource, openWebSocket, rest, subscribeMqtt } from '../support/clients.ts';
import { anyWrite, made, randomOf, write } from '../support/node-writes.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../support/test-cluster.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const MINUTES = { timeout: 400_000 };

await describeCluster('a cluster', () => {
	let cluster: TestCluster;
	beforeAll(async () => {
		cluster = await startTestCluster();
	});
	afterAll(() => cluster?.remove());

	test('ends equal whatever was written while nodes were killed and started', MINUTES, async () => {
		const ids = Array.from({ length: 10 }, () => newId('killed'));
		let isOver = false;
		onTestFinished(() => void (isOver = true));
		let count = 0;
		let seed = 0;
		/** Until the node is killed. */
		const writeTo = async (node: Harper) => {
			const random = randomOf(++seed);
			while (!isOver) {
				const [method, fields] = anyWrite(random);
				const id = ids[random(ids.length)];
				const answer = await rest(method, `/Sign/${id}`, fields, ADMIN, node).catch(() => undefined);
				if (!answer) return;
				expect(answer.status).toBe(204);
				count++;
			}
		};
		const someMore = (before = count) => expect.poll(() => count).toBeGreaterThan(before + 100);
		const writers = cluster.nodes.map(writeTo);
		for (const which of [[0], [1], [2], [0, 1, 2]]) {
			await someMore();
			const dead = which.map((i) => cluster.nodes[i]!);
			expect(dead.map((node) => node.process.exitCode)).toEqual(which.map(() => null));
			await Promise.all(dead.map((node) => node.kill()));
			writers.push(...(await Promise.all(dead.map(cluster.restart))).map(writeTo));
		}
		await someMore();
		isOver = true;
		await Promise.all(writers);
		const rows = await Promise.all(ids.map((id) => untilEqual(cluster.nodes, id)));
		expect(rows.some(Boolean)).toBe(true);
	});

	test('brings a node that was killed up to date, with those who listened to it', MINUTES, async () => {
		const [, dead] = cluster.nodes as [Harper, Harper];
		const id = await made(cluster.nodes, { message: 'before' });
		const { feed: events } = await openEventSource(`/Sign/${id}`, ADMIN, dead);
		const { feed: messages } = await subscribeMqtt('MQTT 3.1.1', `Sign/${id}`, { reconnectPeriod: 200 }, dead);
		await dead.kill();
		const [one, other] = cluster.others(dead) as [Harper, Harper];
		await write(one, id, { message: 'after' });
		await write(other, id, { speed: 5 });
		const back = await cluster.restart(dead);
		const row = await untilEqual(cluster.nodes, id);
		expect(row).toMatchObject({ message: 'after', speed: 5, revision: 3 });
		await events.until(({ value }) => value?.revision === 3, 30_000);
		await messages.until(({ row }) => row?.revision === 3, 30_000);
		expect(events.last!.value).toEqual(await get(id, back));
		expect(messages.last!.row).toEqual(await get(id, back));
	});

	test('loses no write that was on its way to a node when that was killed', MINUTES, async () => {
		for (let round = 0; round < 10; round++) {
			const [one, dead] = cluster.nodes as [Harper, Harper];
			const ids: string[] = [];
			let isOver = false;
			onTestFinished(() => void (isOver = true));
			const writer = async () => {
				while (!isOver) {
					const id = newId('on-its-way');
					await write(one, id, { message: 'sent' });
					ids.push(id);
				}
			};
			const writers = Promise.all(Array.from({ length: 2 }, writer));
			await expect.poll(async () => ids.length > 50 && (await get(ids[50]!, dead))).toBeTruthy();
			await dead.kill();
			isOver = true;
			await writers;
			await cluster.restart(dead);
			await Promise.all(ids.map((id) => untilEqual(cluster.nodes, id)));
		}
	});

	test('merges what a node receives at its start as it does while it runs', MINUTES, async () => {
		const ids = await Promise.all(Array.from({ length: 10 }, () => made(cluster.nodes, { message: 'before' })));
		const [other, node] = cluster.nodes as [Harper, Harper];
		const { heal } = cluster.cut(node);
		onTestFinished(heal);
		for (const id of ids) {
			await write(other, id, undefined, 'DELETE');
			await write(node, id, { speed: 7 });
		}
		await node.kill();
		heal();
		await cluster.restart(node);
		for (const id of ids) {
			const row = await untilEqual(cluster.nodes, id);
			expect(row).toMatchObject({ ...DEFAULTS, speed: 7, revision: 1 });
		}
	});

	test('brings a node that was frozen up to date, with its subscribers', MINUTES, async () => {
		const [, , frozen] = cluster.nodes as [Harper, Harper, Harper];
		const id = await made(cluster.nodes, { message: 'before' });
		const { feed } = await openWebSocket(`/Sign/${id}`, ADMIN, frozen);
		await feed.until(({ value }) => value?.message === 'before');
		frozen.process.kill('SIGSTOP');
		onTestFinished(() => void frozen.process.kill('SIGCONT'));
		const [one, other] = cluster.others(frozen) as [Harper, Harper];
		await write(one, id, { message: 'after' });
		await write(other, id, { speed: 5 });
		await untilEqual([one, other], id);
		expect(feed.last!.value!.message).toBe('before');
		frozen.process.kill('SIGCONT');
		expect(await untilEqual(cluster.nodes, id)).toMatchObject({ message: 'after', speed: 5, revision: 3 });
		await feed.until(({ value }) => value?.revision === 3);
	});
});
