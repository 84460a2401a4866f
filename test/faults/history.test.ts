/** The history of signs after a kill of the server, on the nodes of a cluster, and as far as it is read. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startHarper, type Harper } from '../../launcher/harper.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { DEFAULTS } from '../../sign/fields.ts';
import { addAccount, newId, rest, useServer, type Account } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { historyOf, untimed } from '../support/history.ts';
import { anyWrite, made, randomOf, write } from '../support/node-writes.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../support/test-cluster.ts';

const MINUTES = { timeout: 240_000 };
/** A login that fails is a wrong one: too many of them are refused. */
const RARELY = { interval: 250 };

test('the history is the same after the server was killed, and goes on', MINUTES, async () => {
	const first = await startTemporaryHarper();
	onTestFinished(() => first.remove());
	await write(first, 'kept', { message: 'before' });
	await write(first, 'gone', {}, 'PUT');
	await write(first, 'gone', undefined, 'DELETE');
	const before = await Promise.all(['kept', 'gone'].map((id) => historyOf(id, '', ADMIN, first)));
	await first.kill();
	const second = await startHarper(first.options);
	onTestFinished(() => second.stop());
	expect(await Promise.all(['kept', 'gone'].map((id) => historyOf(id, '', ADMIN, second)))).toEqual(before);
	await write(second, 'kept', { message: 'after' });
	await write(second, 'gone', { message: 'again' });
	const [kept, gone] = await Promise.all(['kept', 'gone'].map((id) => historyOf(id, '', ADMIN, second)));
	expect(kept!.slice(1)).toEqual(before[0]);
	expect(untimed(kept!)[0]).toEqual({ by: 'admin', change: { message: 'after' }, revision: 2 });
	expect(gone!.slice(1)).toEqual(before[1]);
	expect(untimed(gone!)[0]).toEqual({ by: 'admin', change: { ...DEFAULTS, message: 'again' }, revision: 1 });
});

test('the history has the changes among the last 1,000 writes, reports included', MINUTES, async () => {
	const id = newId('reported');
	for (const message of ['first', 'second']) await rest('PATCH', `/Sign/${id}`, { message });
	for (let n = 1; n < 1_000; n++) await rest('PATCH', `/Sign/${id}`, { shownRevision: n });
	expect(untimed(await historyOf(id))).toEqual([{ by: 'admin', change: { message: 'second' }, revision: 2 }]);
	await rest('PATCH', `/Sign/${id}`, { online: true });
	expect(await historyOf(id)).toEqual([]);
	expect(await historyOf(id, '?reports=true')).toHaveLength(50);
});

await describeCluster('a cluster', () => {
	let cluster: TestCluster;
	beforeAll(async () => {
		cluster = await startTestCluster();
		useServer(cluster.nodes[0]!);
	});
	afterAll(() => cluster?.remove());

	const histories = (id: string) =>
		Promise.all(cluster.nodes.map((node) => historyOf(id, '?reports=true', ADMIN, node)));

	/** Waits until all nodes have the same row and the same history. @returns the history */
	async function untilSameHistory(id: string) {
		await untilEqual(cluster.nodes, id, 120_000);
		const [history] = await eventually(
			() => histories(id),
			(all) => new Set(all.map((one) => JSON.stringify(one))).size === 1,
			20_000,
			`the same history of ${id} on all nodes`
		);
		return history!;
	}

	/** Creates an operator, and waits until every node knows it. */
	async function addOperator(): Promise<Account> {
		const operator = await addAccount('operator', 'sign_operator');
		for (const node of cluster.nodes)
			await expect
				.poll(() => rest('GET', '/Session/', undefined, operator, node), RARELY)
				.toMatchObject({ status: 200 });
		return operator;
	}

	test('has the author of each write on every node', MINUTES, async () => {
		const operator = await addOperator();
		const [first, second] = cluster.nodes as [Harper, Harper];
		const id = newId('authors');
		await rest('PUT', `/Sign/${id}`, { message: 'a' }, operator, first);
		await untilEqual(cluster.nodes, id);
		await rest('PATCH', `/Sign/${id}`, { message: 'b' }, ADMIN, second);
		await untilEqual(cluster.nodes, id);
		await rest('DELETE', `/Sign/${id}`, undefined, operator, second);
		expect(untimed(await untilSameHistory(id))).toEqual([
			{ by: operator.username, change: null, revision: null },
			{ by: 'admin', change: { message: 'b' }, revision: 2 },
			{ by: operator.username, change: { ...DEFAULTS, message: 'a' }, revision: 1 },
		]);
	});

	test('has the same history on every node, whatever both sides of a cut have merged', MINUTES, async () => {
		const id = await made(cluster.nodes, { message: 'before' });
		const [node, ...others] = cluster.nodes as [Harper, Harper, Harper];
		const { heal } = cluster.cut(node);
		onTestFinished(heal);
		const random = randomOf(7);
		for (let n = 0; n < 30; n++) {
			const [method, fields] = anyWrite(random);
			if (method !== 'DELETE') await write([node, ...others][n % 3]!, id, fields, method);
		}
		heal();
		const history = await untilSameHistory(id);
		expect(history.length).toBeGreaterThan(20);
		expect(history.map(({ at }) => at)).toEqual(
			history
				.map(({ at }) => at)
				.toSorted()
				.reverse()
		);
	});

	test('has a removal during a cut on every node; writes before it only where they came first', MINUTES, async () => {
		const id = await made(cluster.nodes, { message: 'before' });
		const [node, other] = cluster.nodes as [Harper, Harper];
		const { heal } = cluster.cut(node);
		onTestFinished(heal);
		await write(node, id, { message: 'lost' });
		await write(other, id, undefined, 'DELETE');
		await write(node, id, { message: 'after' });
		expect(await untilEqual(cluster.others(node), id)).toBeNull();
		heal();
		await untilEqual(cluster.nodes, id, 120_000);
		const [own, ...rest] = (await histories(id)).map(untimed);
		const ends = [
			{ by: 'admin', change: { ...DEFAULTS, message: 'after' }, revision: 1 },
			{ by: 'admin', change: null, revision: null },
		];
		const begin = { by: 'admin', change: { ...DEFAULTS, message: 'before' }, revision: 1 };
		expect(own).toEqual([...ends, { by: 'admin', change: { message: 'lost' }, revision: 2 }, begin]);
		for (const history of rest) expect(history).toEqual([...ends, begin]);
	});
});
