/**
 * Every client that follows the MQTT standard works: statements of MQTT 3.1.1 and 5, each over TCP, TLS and WebSocket.
 * If mosquitto is installed, each statement is also tested on it, to check the test itself.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { hasMosquitto, startHarperBroker, startMosquitto, type RunningBroker } from '../support/conformance/brokers.ts';
import { Bench, type Statement, type Transport, type Version } from '../support/conformance/client.ts';
import { connections } from '../support/conformance/connections.ts';
import { publishes } from '../support/conformance/publishes.ts';
import { sessions } from '../support/conformance/sessions.ts';
import { subscriptions } from '../support/conformance/subscriptions.ts';

const STATEMENTS = [...connections, ...sessions, ...subscriptions, ...publishes];

const VARIANTS = (['TCP', 'TLS', 'WebSocket'] as const).flatMap((transport) =>
	([4, 5] as const).map((version) => ({ transport, version, label: version === 4 ? '3.1.1' : '5' }))
);

const applies = (
	{ versions, transports, only, notOnMosquitto = [] }: Statement,
	name: string,
	{ transport, version }: { transport: Transport; version: Version }
) =>
	(versions ?? [4, 5]).includes(version) &&
	(transports ?? [transport]).includes(transport) &&
	(only ?? name) === name &&
	!(name === 'mosquitto' && notOnMosquitto.includes(transport));

function testAll(name: RunningBroker['name'], start: () => Promise<RunningBroker & { keepLog?(): Promise<void> }>) {
	let broker: Awaited<ReturnType<typeof start>>;
	beforeAll(async () => void (broker = await start()));
	afterAll(() => broker?.remove());
	describe.concurrent.for(VARIANTS)('MQTT $label over $transport', (variant) => {
		test.for(STATEMENTS.filter((statement) => applies(statement, name, variant)))('$name', async ({ check }) => {
			const bench = new Bench(broker, variant.transport, variant.version);
			await check(bench).finally(() => bench.close());
		});
	});
}

describe('Harper', () => testAll('Harper', startHarperBroker));
describe.skipIf(!hasMosquitto)('mosquitto', () => testAll('mosquitto', () => startMosquitto()));
