/** `npm run deploy` to one node of a cluster of bare Harpers: the application runs on all of them. */
import type { Harper } from '../../private-harper/harper.ts';
import { expect, onTestFinished, test } from 'vitest';
import { openEventSource, rest } from '../clients.ts';
import { accountOf, deploy, letInstall } from '../deployed.ts';
import { eventually } from '../feed.ts';
import { describeCluster, startTestCluster, untilEqual } from '../test-cluster.ts';
import { ADMIN } from '../test-harper.ts';

await describeCluster('a cluster of bare Harpers', () => {
	test('runs what is deployed to one of its nodes on all of them', { timeout: 240_000 }, async () => {
		const { nodes, remove } = await startTestCluster(true);
		onTestFinished(remove);
		for (const node of nodes) letInstall(node);
		const [one, , last] = nodes as [Harper, Harper, Harper];
		const { code, printed } = await deploy(accountOf(one));
		expect(code, printed).toBe(0);
		for (const node of nodes)
			await eventually(
				() => rest('GET', '/Session/', undefined, ADMIN, node).catch(() => undefined),
				(answer) => answer?.status === 200,
				60_000
			);
		const { feed } = await openEventSource('/Sign/', ADMIN, last);
		expect((await rest('PUT', '/Sign/lobby', { message: 'on all' }, ADMIN, one)).status).toBe(204);
		await feed.until(({ value }) => value?.message === 'on all');
		expect(await untilEqual(nodes, 'lobby')).toMatchObject({ message: 'on all', revision: 1 });
	});
});
