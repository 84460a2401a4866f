/**
 * A cluster whose nodes are killed, frozen, or cut off from each other while they are written to: in the end all nodes have
 * the same rows, nothing that was written is lost, and every subscriber has heard what its node answers.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Harper } from '../../private-harper/harper.ts';
import { DEFAULTS } from '../../sign.ts';
import {
	get,
	newId,
	openEventSource,
	openWebSocket,
	rest,
	subscribeMqtt,
	subscribers,
	type Heard,
} from '../clients.ts';
import { eventually, type Feed } from '../feed.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../test-cluster.ts';
import { ADMIN } from '../test-harper.ts';

const MINUTES = { timeout: 240_000 };

async function write(node: Harper, id: string, fields: object | undefined, method = 'PATCH'): Promise<void> {
	const { status, text } = await rest(method, `/Sign/${id}`, fields, ADMIN, node);
	expect(status, text).toBe(204);
}

/** Writes as if it was at another time; without fields, removes. */
async function writeAt(node: Harper, at: number, id: string, fields?: object): Promise<void> {
	const { status, text } = await rest('POST', '/Stamped/', { id, at, fields }, ADMIN, node);
	expect(status, text).toBe(204);
}

/** Everybody who can listen, on every node. */
const listen = (nodes: Harper[], id: string) =>
	Promise.all(nodes.flatMap((node) => subscribers.map(async ({ open }) => ({ node, feed: await open(id, node) }))));

async function expectHeard(listeners: { node: Harper; feed: Feed<Heard> }[], id: string): Promise<void> {
	await Promise.all(listeners.map(({ feed }) => feed.silence(500)));
	for (const { node, feed } of listeners) expect(feed.last!.row).toEqual(await get(id, node));
}

await describeCluster('a cluster', () => {
	let cluster: TestCluster;
	beforeAll(async () => {
		cluster = await startTestCluster();
	});
	afterAll(() => cluster?.remove());

	/** A node, and the two others; the node is cut off until the end of the test, or `heal`. */
	function cutOne(which = 0) {
		const node = cluster.nodes[which]!;
		const { heal } = cluster.cut(node);
		onTestFinished(heal);
		return { node, others: cluster.others(node) as [Harper, Harper], heal };
	}

	async function made(fields: object = {}): Promise<string> {
		const id = newId('cut');
		await write(cluster.nodes[0]!, id, fields, 'PUT');
		await untilEqual(cluster.nodes, id);
		return id;
	}

	// Cause: a node that has never heard from another asks it for the last minute only, or for a copy of all rows, by which
	// its own writes are lost. To be the first test of its cluster.
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
		const id = await made();
		const listeners = await listen(cluster.nodes, id);
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
		await expectHeard(listeners, id);
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
			const id = await made({ message: 'before', location: 'before' });
			const listeners = await listen(cluster.nodes, id);
			const { node, others, heal } = cutOne();
			await write(others[0], id, { speed: 1 });
			await write(node, id, undefined, 'DELETE');
			await write(others[0], id, { brightness: 1 });
			await write(others[1], id, { color: '#abcdef' });
			heal();
			const row = await untilEqual(cluster.nodes, id);
			expect(row).toMatchObject({ ...DEFAULTS, brightness: 1, color: '#abcdef', revision: 2 });
			await expectHeard(listeners, id);
		}
	);

	test('has no sign that one side of a cut removed after the other had written it', MINUTES, async () => {
		const id = await made({ message: 'before' });
		const { node, others, heal } = cutOne();
		await write(others[0], id, { speed: 1 });
		await write(others[1], id, { brightness: 1 });
		await write(node, id, undefined, 'DELETE');
		heal();
		expect(await untilEqual(cluster.nodes, id)).toBeNull();
	});

	test('has a sign by what was written in the same millisecond as a removal, but later', MINUTES, async () => {
		const id = await made({ message: 'before' });
		const listeners = await listen(cluster.nodes, id);
		const { node, others, heal } = cutOne();
		const now = Date.now() + 1;
		await eventually(async () => Date.now() > now, Boolean);
		await writeAt(node, now + 0.5, id);
		await writeAt(others[0], now + 0.75, id, { brightness: 1 });
		await untilEqual(others, id);
		await writeAt(others[1], now + 0.25, id, { speed: 1 });
		expect(await untilEqual(others, id)).toMatchObject({ message: 'before', speed: 1, brightness: 1 });
		heal();
		const row = await untilEqual(cluster.nodes, id);
		expect(row).toMatchObject({ ...DEFAULTS, brightness: 1, revision: 1 });
		await expectHeard(listeners, id);
	});

	test(
		'takes away what was before a removal, when another node whose clock is ahead had written already',
		MINUTES,
		async () => {
			const id = await made({ message: 'before' });
			const [ahead, node] = cluster.nodes as [Harper, Harper];
			const now = Date.now() + 1;
			await eventually(async () => Date.now() > now, Boolean);
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
		const someMore = (before = count) =>
			eventually(
				async () => count,
				(now) => now > before + 100
			);
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
		const id = await made({ message: 'before' });
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
					await write(one, id, { message: 'told' });
					ids.push(id);
				}
			};
			const writers = Promise.all(Array.from({ length: 2 }, writer));
			await eventually(async () => ids.length > 50 && (await get(ids[50]!, dead)), Boolean);
			await dead.kill();
			isOver = true;
			await writers;
			await cluster.restart(dead);
			for (const id of ids) await untilEqual(cluster.nodes, id);
		}
	});

	test('merges what a node hears when it starts as it does when it runs', MINUTES, async () => {
		const ids = await Promise.all(Array.from({ length: 10 }, () => made({ message: 'before' })));
		const { node, others, heal } = cutOne(1);
		for (const id of ids) {
			await write(others[0], id, undefined, 'DELETE');
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

	test('brings a node that was frozen up to date, with those who listen to it', MINUTES, async () => {
		const [, , frozen] = cluster.nodes as [Harper, Harper, Harper];
		const id = await made({ message: 'before' });
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

/** Numbers below `most`, the same for the same seed. */
function randomOf(seed: number) {
	let state = seed;
	return (most: number): number => {
		state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return Math.floor((state / 0x8000_0000) * most);
	};
}

/** A write of any kind. */
function anyWrite(random: (most: number) => number): [method: string, fields: object | undefined] {
	const writes: [string, object | undefined][] = [
		['PATCH', { message: `m${random(1000)}` }],
		['PATCH', { color: `#${100_000 + random(800_000)}` }],
		['PATCH', { brightness: random(16), location: `l${random(100)}` }],
		['PATCH', { power: random(2) === 1, online: random(2) === 1 }],
		['PUT', { message: `put${random(1000)}`, speed: 1 + random(100) }],
		['DELETE', undefined],
	];
	return writes[random(writes.length)]!;
}
