/** Statements about SUBSCRIBE, UNSUBSCRIBE and the publishes that a subscriber receives. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket } from 'mqtt-packet';
import { expect } from 'vitest';
import { messageOf, newTopic, type Bench, type Client, type Statement } from './client.ts';

const V5 = [5] as const;
const FAILURE = 0x80;
const NO_SUBSCRIPTION = 0x11;
const WRONG_FILTER = 0x8f;
const NOT_SHARED = 0x9e;

/** The options of a clean and of a durable session. */
const kinds = (bench: Bench) => [{ clean: true }, bench.durable()];

async function unsubscribe(client: Client, ...unsubscriptions: string[]): Promise<unknown> {
	client.send({ cmd: 'unsubscribe', messageId: 900, unsubscriptions });
	const { granted } = (await client.until('unsuback', ({ messageId }) => messageId === 900)) as { granted?: number[] };
	client.packets.received.length = 0;
	return granted?.length ? granted : undefined;
}

/** The message, RETAIN and QoS of each publish that the client has received. */
const flagsOf = (client: Client) =>
	client.received.map((packet) => [messageOf(packet), packet.retain, packet.qos] as const);

export const subscriptions: Statement[] = [
	{
		name: 'MQTT-3.9.3: SUBACK has the granted QoS, in clean and durable sessions',
		async check(bench) {
			for (const kind of kinds(bench)) {
				const client = await bench.connected(kind);
				for (const qos of [0, 1, 2]) expect(await client.subscribe(newTopic(), { qos })).toBe(qos);
				const topics = [0, 1, 2].map((qos) => ({
					topic: newTopic(),
					qos: qos as 0 | 1 | 2,
					nl: false,
					rap: false,
					rh: 0,
				}));
				client.send({ cmd: 'subscribe', messageId: 800, subscriptions: topics });
				expect((await client.until('suback', ({ messageId }) => messageId === 800)).granted).toEqual([0, 1, 2]);
			}
		},
	},
	{
		name: 'MQTT-3.8.4-3: a second subscription to a filter replaces the first',
		async check(bench) {
			for (const kind of kinds(bench)) {
				const client = await bench.connected(kind);
				const topic = newTopic();
				await client.subscribe(topic, { qos: 0 });
				await client.subscribe(topic, { qos: 1 });
				await (await bench.connected()).publish(topic, 'once');
				expect((await client.untilReceived('once')).qos).toBe(1);
				await sleep(100);
				expect(flagsOf(client)).toEqual([['once', false, 1]]);
			}
		},
	},
	{
		name: 'MQTT-3.10.4-5: UNSUBSCRIBE of an unknown filter is acknowledged, and the connection stays open',
		async check(bench) {
			for (const kind of kinds(bench)) {
				const client = await bench.connected(kind);
				const [one, other] = [newTopic(), newTopic()];
				await client.subscribe(one, { qos: 0 });
				const codes = await unsubscribe(client, other, one, 'Other/#');
				if (bench.version === 5) expect(codes).toEqual([NO_SUBSCRIPTION, 0, NO_SUBSCRIPTION]);
				await client.ping();
			}
		},
	},
	{
		name: 'MQTT-3.10.4-2: after UNSUBSCRIBE the client receives nothing, also when the session is resumed',
		async check(bench) {
			const client = await bench.connected(bench.durable());
			const topic = newTopic();
			for (const qos of [0, 1]) await client.subscribe(topic, { qos });
			await unsubscribe(client, topic);
			const publisher = await bench.connected();
			await publisher.publish(topic, 'after UNSUBSCRIBE');
			await client.ping();
			await client.disconnect();
			await publisher.publish(topic, 'after the disconnect');
			const back = await bench.connected(bench.durable(), client.clientId);
			await (await bench.observer(topic)).untilReceived('after the disconnect');
			await back.ping();
			await sleep(100);
			expect([...client.received, ...back.received]).toEqual([]);
		},
	},
	{
		name: 'MQTT-3.3.1-8, -9: RETAIN is set on the value at the subscription, not on changes',
		async check(bench) {
			for (const kind of kinds(bench))
				for (const qos of [0, 1] as const) {
					const topic = newTopic();
					const publisher = await bench.connected();
					await publisher.publish(topic, 'value');
					const client = await bench.connected(kind);
					await client.subscribe(topic, { qos });
					await client.untilReceived('value');
					for (const retain of [true, false]) {
						const message = `retain ${retain}`;
						await publisher.publish(topic, message, { retain });
						await client.untilReceived(message);
					}
					expect(flagsOf(client)).toEqual([
						['value', true, qos],
						['retain true', false, qos],
						['retain false', false, qos],
					]);
				}
		},
	},
	{
		name: 'MQTT-3.3.1-8: RETAIN is set on each value at a subscription of many topics',
		async check(bench) {
			const topics = Array.from({ length: 3 }, newTopic);
			const publisher = await bench.connected();
			for (const topic of topics) await publisher.publish(topic, 'one of many');
			const client = await bench.connected();
			await client.subscribe('Sign/+');
			for (const topic of topics) expect((await client.until('publish', (p) => p.topic === topic)).retain).toBe(true);
			await publisher.publish(topics[0]!, 'changed');
			const isChange = (packet: IPublishPacket) => packet.topic === topics[0] && messageOf(packet) === 'changed';
			expect((await client.until('publish', isChange)).retain).toBe(false);
		},
	},
	{
		name: 'MQTT-3.3.1-13: with Retain As Published RETAIN is set on a change that was published with it',
		versions: V5,
		async check(bench) {
			const topic = newTopic();
			const client = await bench.connected();
			await client.subscribe(topic, { rap: true });
			await (await bench.connected()).publish(topic, 'retained', { retain: true });
			expect((await client.untilReceived('retained')).retain).toBe(true);
		},
	},
	{
		name: 'MQTT-3.3.1-9 to -11: Retain Handling sets when the retained value is sent',
		versions: V5,
		async check(bench) {
			const topic = newTopic();
			await (await bench.connected()).publish(topic, 'value');
			for (const [rh, first, again] of [
				[0, 1, 2],
				[1, 1, 1],
				[2, 0, 0],
			]) {
				const client = await bench.connected();
				for (const count of [first, again]) {
					await client.subscribe(topic, { rh });
					await client.ping();
					await sleep(100);
					expect(client.received.length).toBe(count);
				}
			}
		},
	},
	{
		name: 'MQTT-3.8.3-3: with No Local a client does not receive its own publishes',
		versions: V5,
		async check(bench) {
			for (const filter of [undefined, 'Sign/+']) {
				const topic = newTopic();
				const client = await bench.connected();
				await client.subscribe(filter ?? topic, { nl: true, rh: 2 });
				const other = await bench.connected();
				await client.publish(topic, 'its own');
				await client.publish(topic, 'its own, not retained', { retain: false });
				await client.ping();
				await sleep(100);
				await other.publish(topic, 'from another client');
				await client.until('publish', (p) => p.topic === topic && messageOf(p) === 'from another client');
				const own = client.received.filter((packet) => packet.topic === topic).map(messageOf);
				expect(own).toEqual(['from another client']);
			}
		},
	},
	{
		name: 'MQTT-3.1.2-24: a packet that is larger than the client accepts is not sent, and the next ones are',
		versions: V5,
		async check(bench) {
			// mosquitto 2.0.11 counts a packet that it does not send as unacknowledged
			const receiveMaximum = bench.broker.name === 'Harper' ? 1 : 20;
			const client = await bench.connected({ properties: { maximumPacketSize: 280, receiveMaximum } });
			const [large, small] = [newTopic(), newTopic()];
			await client.subscribe(large);
			await client.subscribe(small);
			const publisher = await bench.connected();
			for (let n = 0; n < 3; n++) await publisher.publish(large, `${n}`.padEnd(256, 'x'));
			await publisher.publish(small, 'fits');
			await client.untilReceived('fits');
			expect(flagsOf(client)).toEqual([['fits', false, 1]]);
		},
	},
	{
		name: 'MQTT-3.3.4-9: a client has no more unacknowledged publishes than its Receive Maximum',
		versions: V5,
		async check(bench) {
			const topics = Array.from({ length: 5 }, newTopic);
			const publisher = await bench.connected();
			const client = await bench.connected({ properties: { receiveMaximum: 2 } });
			client.isAcknowledging = false;
			for (const topic of topics) await client.subscribe(topic);
			for (const topic of topics) await publisher.publish(topic, 'value');
			for (let count = 2; count <= 5; count++) {
				while (client.received.length < count) await sleep(10);
				await client.ping();
				await sleep(100);
				// mosquitto 2.0.11 sends two publishes after the first acknowledgement
				if (count === 2 || bench.broker.name === 'Harper') expect(client.received.length).toBe(count);
				client.send({ cmd: 'puback', messageId: client.received[count - 2]!.messageId });
			}
		},
	},
	{
		name: 'MQTT-3.3.4-3: a publish has the identifier of its subscription',
		versions: V5,
		async check(bench) {
			const topic = newTopic();
			const client = await bench.connected(bench.durable());
			await client.subscribe(topic, { properties: { subscriptionIdentifier: 42 } });
			const publisher = await bench.connected();
			await publisher.publish(topic, 'identified');
			const { properties } = await client.untilReceived('identified');
			expect([properties?.subscriptionIdentifier].flat()).toEqual([42]);
			await client.disconnect();
			await publisher.publish(topic, 'after the reconnect');
			const back = await bench.connected(bench.durable(), client.clientId);
			const received = await back.untilReceived('after the reconnect');
			expect([received.properties?.subscriptionIdentifier].flat()).toEqual([42]);
		},
	},
	{
		name: 'MQTT-4.7.1-2, -3: a filter with a misplaced wildcard is refused',
		async check(bench) {
			for (const filter of ['Sign/t+', 'Sign/+t', 'Sign/#/t', 'Sign/t#', 'Sign+']) {
				const client = await bench.connected();
				client.send(client.subscribePacket(filter));
				const suback = await Promise.race([client.until('suback').catch(() => undefined), client.closed]);
				// the standard also allows a server to close the connection
				if (bench.broker.name === 'mosquitto' && !suback) continue;
				expect(suback?.granted).toEqual([bench.version === 5 ? WRONG_FILTER : FAILURE]);
				await client.ping();
			}
		},
	},
	{
		name: 'MQTT 5 3.2.2.3.13: CONNACK announces that there are no shared subscriptions, and they are refused',
		versions: V5,
		only: 'Harper',
		async check(bench) {
			const client = await bench.open();
			expect((await client.connect()).properties?.sharedSubscriptionAvailable).toBe(false);
			expect(await client.subscribe(`$share/group/${newTopic()}`)).toBe(NOT_SHARED);
		},
	},
];
