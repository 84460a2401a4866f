/**
 * Breaks: nodes of a cluster run different versions of the application, one with new fields, while clients write to each.
 * Promised: no write is lost, all nodes end with the same rows, and with the new version every reader has the new fields.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, newId, rest, useServer, type Row } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { copyLaterVersion, expectEverywhere, LATER } from '../support/later-version.ts';
import { made, write } from '../support/node-writes.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../support/test-cluster.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const LONG = { timeout: 180_000 };

type Later = Row & typeof LATER;

await describeCluster('a cluster of two versions', () => {
	let cluster: TestCluster;
	let later: ReturnType<typeof copyLaterVersion>;
	beforeAll(async () => {
		later = copyLaterVersion();
		cluster = await startTestCluster();
	});
	afterAll(async () => {
		await cluster?.remove();
		later?.remove();
	});

	/** Ends a node, and starts it with the version that has new fields, or with the earlier one. */
	async function change(node: number, version: 'later' | 'earlier'): Promise<void> {
		const harper = cluster.nodes[node]!;
		await harper.stop();
		harper.options.application = version === 'later' ? later.folder : undefined;
		await cluster.restart(harper);
	}

	/** Merges one number after another into a field of a sign, on one node, whatever the answers. */
	function writeOn(node: number, id: string, field: string) {
		const acknowledged: string[] = [];
		let isOver = false;
		const done = (async () => {
			for (let n = 0; !isOver; n++) {
				const merge = rest('PATCH', `/Sign/${id}`, { [field]: `${n}` }, ADMIN, cluster.nodes[node]);
				if ((await merge.catch(() => undefined))?.status === 204) acknowledged.push(`${n}`);
				await sleep(20);
			}
		})();
		return async () => {
			isOver = true;
			await done;
			return { field, latest: Number(acknowledged.at(-1)), count: acknowledged.length };
		};
	}

	/** Waits until all nodes have the same row, apart from fields that the earlier version does not know. */
	async function untilAlike(id: string): Promise<void> {
		const known = async (node: number) => {
			const row = Object.entries((await get(id, cluster.nodes[node])) ?? {});
			return JSON.stringify(row.filter(([field]) => !(field in LATER)).sort());
		};
		await eventually(
			() => Promise.all([0, 1, 2].map(known)),
			(rows) => new Set(rows).size === 1,
			20_000,
			'the same row on all nodes'
		);
	}

	const onAll = (id: string) => Promise.all(cluster.nodes.map((node) => get(id, node) as Promise<Later>));

	test('loses no write while its nodes get a new version, one after another', LONG, async () => {
		const [shared, replaced, kept] = [await made(cluster.nodes), await made(cluster.nodes), await made(cluster.nodes)];
		const fromStart = [writeOn(0, shared, 'message'), writeOn(1, shared, 'location')];
		await change(2, 'later');
		const [old, , young] = cluster.nodes as [TestCluster['nodes'][0], unknown, TestCluster['nodes'][0]];
		const writers = [...fromStart, writeOn(2, shared, 'laterText')];

		const [byOld, byYoung] = [newId('by-old'), newId('by-young')];
		await write(old, byOld, { message: 'by the earlier version' }, 'PUT');
		await write(young, byYoung, { laterNumber: 7, laterText: 'seven' }, 'PUT');
		await write(young, replaced, { laterNumber: 3 });
		for (const id of [byOld, byYoung, replaced]) await untilAlike(id);
		await write(young, byOld, { laterNumber: 2 });
		await write(old, byYoung, { message: 'and by the earlier version' });
		await write(old, replaced, { message: 'replaced by the earlier version' }, 'PUT');
		for (const id of [byOld, byYoung, replaced, kept]) await untilAlike(id);
		expect(await get(byYoung, young)).toMatchObject({
			message: 'and by the earlier version',
			laterNumber: 7,
			laterText: 'seven',
		});
		expect(await get(byYoung, old), 'not known there').not.toHaveProperty('laterNumber');

		await change(0, 'later');
		await change(1, 'later');
		const written = await Promise.all(writers.map((stop) => stop()));
		const row = (await untilEqual(cluster.nodes, shared)) as Later;
		for (const { field, latest } of written)
			expect(Number(row[field as keyof Row]), field).toBeGreaterThanOrEqual(latest);
		expect(row.revision).toBeGreaterThan(written.reduce((sum, { count }) => sum + count, 0));
		const expected: [string, Partial<Later>][] = [
			[byOld, { ...LATER, message: 'by the earlier version', laterNumber: 2, revision: 2 }],
			[byYoung, { message: 'and by the earlier version', laterNumber: 7, laterText: 'seven', revision: 2 }],
			[replaced, { ...LATER, message: 'replaced by the earlier version', laterNumber: 3, revision: 3 }],
			[kept, { ...LATER, revision: 1 }],
		];
		for (const [id, fields] of expected) {
			const same = await untilEqual(cluster.nodes, id);
			expect(same).toMatchObject(fields);
			for (const node of cluster.nodes) {
				useServer(node);
				await expectEverywhere(same!);
				const found = async () =>
					(await rest('GET', `/Sign/?laterNumber=${fields.laterNumber ?? LATER.laterNumber}`)).json() as Row[];
				await expect.poll(found).toContainEqual(expect.objectContaining({ id }));
			}
		}
	});

	test('loses no write when one of its nodes goes back, and has its values when it comes again', LONG, async () => {
		const [shared, set] = [await made(cluster.nodes), await made(cluster.nodes, { laterNumber: 4, laterText: 'four' })];
		const writers = [writeOn(0, shared, 'laterText'), writeOn(2, shared, 'message')];
		await change(2, 'earlier');
		await write(cluster.nodes[2]!, set, { message: 'merged by the earlier version' });
		await untilAlike(set);
		await write(cluster.nodes[2]!, set, { message: 'replaced by the earlier version' }, 'PUT');
		await write(cluster.nodes[1]!, set, { laterNumber: 6 });
		await untilAlike(set);
		for (const row of (await onAll(set)).slice(0, 2)) expect(row).toMatchObject({ laterNumber: 6, laterText: 'four' });
		await change(2, 'later');
		const written = await Promise.all(writers.map((stop) => stop()));
		const row = (await untilEqual(cluster.nodes, shared))!;
		for (const { field, latest } of written)
			expect(Number(row[field as keyof Row]), field).toBeGreaterThanOrEqual(latest);
		const fields = { message: 'replaced by the earlier version', laterNumber: 6, laterText: 'four', revision: 4 };
		expect(await untilEqual(cluster.nodes, set)).toMatchObject(fields);
	});
});
