/**
 * A mosquitto that bridges to this server, in each direction: a change on either side reaches the other once, and nothing goes
 * round in a circle.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasMosquitto, startMosquitto } from '../support/conformance/brokers.ts';
import { Client, messageOf, newName, type Version } from '../support/conformance/client.ts';
import { addAccount, get, mqttUrl, rest } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { connect } from 'node:net';

type Direction = 'in' | 'out' | 'both';
const CASES = (['in', 'out', 'both'] as const).flatMap((direction) =>
	([4, 5] as const).map((version) => [direction, version] as [Direction, Version])
);

async function startBridge(direction: Direction, version: Version) {
	const { username, password } = await addAccount('bridge', 'sign_operator');
	const broker = await startMosquitto([
		'connection signs',
		`address 127.0.0.1:${new URL(mqttUrl).port}`,
		`remote_username ${username}`,
		`remote_password ${password}`,
		`remote_clientid ${newName('bridge')}`,
		`bridge_protocol_version ${version === 5 ? 'mqttv50' : 'mqttv311'}`,
		`topic Sign/# ${direction} 1`,
		'notifications false',
		'restart_timeout 1 2',
	]);
	onTestFinished(() => broker.remove());
	return broker;
}

async function openLocal(port: number): Promise<Client> {
	const client = new Client(connect(port, '127.0.0.1'), 4, ADMIN);
	onTestFinished(() => client.vanish());
	await client.connect();
	return client;
}

describe.skipIf(!hasMosquitto).for(CASES)(
	'a mosquitto bridge, topic Sign/# %s, MQTT version %i',
	([direction, version]) => {
		test('carries each change once', async () => {
			const [here, there, last] = [newName('here'), newName('there'), newName('zz-last')];
			await rest('PUT', `/Sign/${last}`, { message: 'ready' });
			const { ports } = await startBridge(direction, version);
			const local = await openLocal(ports.TCP);
			await local.subscribe('Sign/+');

			if (direction !== 'out') {
				// the current values come in the order of the ids: a change that is made among them may come twice
				await local.until('publish', ({ topic }) => topic === `Sign/${last}`);
				await rest('PUT', `/Sign/${here}`, { message: 'from the server' });
				await local.until('publish', (p) => p.topic === `Sign/${here}` && messageOf(p) === 'from the server');
			}
			if (direction !== 'in') {
				await eventually(
					async () => (await local.publish(`Sign/${last}`, 'from mosquitto', { retain: false }), get(last)),
					(row) => row?.message === 'from mosquitto'
				);
				await local.publish(`Sign/${there}`, 'from mosquitto', { retain: false });
				await eventually(
					() => get(there),
					(row) => row?.message === 'from mosquitto'
				);
			}
			await sleep(500);
			const count = (id: string) => local.received.filter(({ topic }) => topic === `Sign/${id}`).length;
			if (direction !== 'out') expect([count(here), (await get(here))?.revision]).toEqual([1, 1]);
			// what it published itself the bridge does not get back
			if (direction !== 'in') expect([count(there), (await get(there))?.revision]).toEqual([1, 1]);
		});

		// Cause: Harper ended a connection that unsubscribed from what it is not subscribed to, as a bridge does at first.
		test('stays connected', async () => {
			const { ports, log } = await startBridge(direction, version);
			await openLocal(ports.TCP);
			const connections = () => log().match(/Connecting bridge \(step 1\)/g)?.length ?? 0;
			await eventually(async () => connections(), Boolean);
			await sleep(4_000);
			expect(connections(), log()).toBe(1);
		});
	}
);
