/** `npm run deploy` to one node of a cluster of empty Harpers, and its output about the others. The tests build on one another. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Harper } from '../../launcher/harper.ts';
import { openEventSource, rest } from '../support/clients.ts';
import { accountOf, deploy, letInstall } from '../support/deployed.ts';
import { eventually } from '../support/feed.ts';
import { describeCluster, startTestCluster, untilEqual, type TestCluster } from '../support/test-cluster.ts';
import { freePorts } from '../../launcher/ports.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const LONG = { timeout: 240_000 };

await describeCluster('a cluster of bare Harpers', () => {
	let cluster: TestCluster;
	beforeAll(async () => {
		cluster = await startTestCluster(true);
		for (const node of cluster.nodes) letInstall(node);
	});
	afterAll(() => cluster?.remove());

	const runs = (node: Harper) =>
		eventually(
			() => rest('GET', '/Session/', undefined, ADMIN, node).catch(() => undefined),
			(answer) => answer?.status === 200,
			60_000
		);

	test('runs what is deployed to one of its nodes on all of them', LONG, async () => {
		const [one, , last] = cluster.nodes as [Harper, Harper, Harper];
		const { code, printed } = await deploy(accountOf(one));
		expect(code, printed).toBe(0);
		for (const node of cluster.nodes) await runs(node);
		const { feed } = await openEventSource('/Sign/', ADMIN, last);
		expect((await rest('PUT', '/Sign/lobby', { message: 'on all' }, ADMIN, one)).status).toBe(204);
		await feed.until(({ value }) => value?.message === 'on all');
		expect(await untilEqual(cluster.nodes, 'lobby')).toMatchObject({ message: 'on all', revision: 1 });
	});

	// Cause: Harper answers "Successfully deployed" when one node has the application. A node that could not install the
	// dependencies would not come back from a restart.
	test('names a node that could not take it, and leaves that as it is', LONG, async () => {
		const [one, two] = cluster.nodes as [Harper, Harper];
		const [nobody] = await freePorts(1);
		letInstall(two, `http://127.0.0.1:${nobody}/`);
		const { code, printed } = await deploy(accountOf(one));
		letInstall(two);
		expect(code).toBe(1);
		expect(printed).toContain(`Node ${two.options.host} could not take it, and is left as it is: Failed to install`);
		expect(printed).toContain('It runs, but not on all nodes.');
		expect((await rest('GET', '/Session/', undefined, ADMIN, two)).status).toBe(200);
		expect(await deploy(accountOf(one)), 'again').toMatchObject({ code: 0 });
	});

	// Cause: Harper waits without a limit for the answer of a node that hangs.
	test('does not wait for ever for a node that hangs', LONG, async () => {
		const [one, two] = cluster.nodes as [Harper, Harper];
		two.process.kill('SIGSTOP');
		onTestFinished(() => void two.process.kill('SIGCONT'));
		const { code, printed } = await deploy({ ...accountOf(one), DEPLOY_TIMEOUT: '20' });
		expect(code).toBe(1);
		expect(printed).toContain('could not take the application: no answer within 20 s (DEPLOY_TIMEOUT)');
	});
});
