/** Statements about sessions that outlive a connection, and about last wills. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { messageOf, newName, newTopic, type Bench, type Statement } from './client.ts';

const V5 = [5] as const;
/** The reason of a DISCONNECT after which the will is published. */
const WITH_WILL = 0x04;
const PROTOCOL_ERROR = 0x82;

/** @returns Session Present */
async function connectAndDisconnect(
	bench: Bench,
	clientId: string,
	connect: object,
	disconnect: object = {}
): Promise<boolean> {
	const client = await bench.open(clientId);
	const { sessionPresent } = await client.connect(connect);
	client.send({ cmd: 'disconnect', ...disconnect });
	await client.closed;
	return sessionPresent;
}

const will = (topic: string, message = 'the will', properties?: object) => ({
	will: {
		topic,
		payload: Buffer.from(JSON.stringify({ message })),
		qos: 1 as const,
		retain: true,
		...(properties && { properties }),
	},
});

const expiring = (sessionExpiryInterval: number) => ({ properties: { sessionExpiryInterval } });

export const sessions: Statement[] = [
	{
		name: 'MQTT-3.2.2-2, -3: Session Present is 1 only if the server has the session',
		async check(bench) {
			const id = newName('session');
			const durable = bench.durable();
			expect(await connectAndDisconnect(bench, id, durable)).toBe(false);
			expect(await connectAndDisconnect(bench, id, durable)).toBe(true);
			expect(await connectAndDisconnect(bench, id, { clean: true })).toBe(false);
			expect(await connectAndDisconnect(bench, id, durable)).toBe(false);
		},
	},
	{
		name: 'MQTT-4.4.0-1: a resumed session receives the messages that it missed, without a new SUBSCRIBE',
		async check(bench) {
			const id = newName('session');
			const topics = [newTopic(), newTopic()] as const;
			const before = await bench.connected(bench.durable(), id);
			await before.subscribe(topics[0], { qos: 1 });
			await before.subscribe(topics[1], { qos: 2 });
			await before.disconnect();
			const publisher = await bench.connected();
			for (const topic of topics) await publisher.publish(topic, 'missed');
			const back = await bench.open(id);
			expect((await back.connect(bench.durable())).sessionPresent).toBe(true);
			for (const topic of topics)
				await back.until('publish', (packet) => packet.topic === topic && messageOf(packet) === 'missed');
			for (const [n, topic] of topics.entries()) {
				await publisher.publish(topic, 'live');
				const received = await back.until('publish', (p) => p.topic === topic && messageOf(p) === 'live');
				// the QoS of the publish or, on Harper, of the subscription
				expect([1, n + 1]).toContain(received.qos);
			}
		},
	},
	{
		name: 'MQTT-3.1.2-4: a clean session does not have the subscriptions of the earlier session',
		async check(bench) {
			const id = newName('session');
			const topic = newTopic();
			const before = await bench.connected(bench.durable(), id);
			await before.subscribe(topic);
			await before.disconnect();
			// in MQTT 5 the session after a clean start is durable too
			const back = await bench.open(id);
			expect((await back.connect({ ...bench.durable(), clean: true })).sessionPresent).toBe(false);
			await (await bench.connected()).publish(topic, 'not for this session');
			await (await bench.observer(topic)).untilReceived('not for this session');
			await back.ping();
			await sleep(100);
			expect(back.received).toEqual([]);
		},
	},
	{
		name: 'MQTT 5 3.1.2.11.2: a session that began clean is kept for its expiry interval',
		versions: V5,
		async check(bench) {
			const id = newName('session');
			const topic = newTopic();
			const before = await bench.connected({ clean: true, ...expiring(60) }, id);
			await before.subscribe(topic);
			await before.disconnect();
			await (await bench.connected()).publish(topic, 'missed');
			const back = await bench.open(id);
			expect((await back.connect({ clean: false, ...expiring(60) })).sessionPresent).toBe(true);
			await back.untilReceived('missed');
		},
	},
	{
		name: 'MQTT 5 3.1.2.11.2: without an expiry interval a session ends with its connection',
		versions: V5,
		async check(bench) {
			const id = newName('session');
			expect(await connectAndDisconnect(bench, id, { clean: false })).toBe(false);
			expect(await connectAndDisconnect(bench, id, { clean: false })).toBe(false);
			expect(await connectAndDisconnect(bench, id, { clean: false, ...expiring(60) })).toBe(false);
			expect(await connectAndDisconnect(bench, id, { clean: false })).toBe(true);
			expect(await connectAndDisconnect(bench, id, { clean: false })).toBe(false);
		},
	},
	{
		name: 'MQTT 5 3.1.2.11.2: a session ends when its expiry interval has passed',
		versions: V5,
		async check(bench) {
			const [short, long] = [newName('session'), newName('session')];
			await connectAndDisconnect(bench, short, { clean: false, ...expiring(1) });
			await connectAndDisconnect(bench, long, { clean: false, ...expiring(60) });
			await sleep(2_300);
			expect(await connectAndDisconnect(bench, short, { clean: false, ...expiring(1) })).toBe(false);
			expect(await connectAndDisconnect(bench, long, { clean: false, ...expiring(60) })).toBe(true);
		},
	},
	{
		name: 'MQTT 5 3.14.2.2.2: DISCONNECT changes the expiry interval',
		versions: V5,
		async check(bench) {
			const id = newName('session');
			await connectAndDisconnect(bench, id, { clean: false, ...expiring(60) }, expiring(0));
			expect(await connectAndDisconnect(bench, id, { clean: false, ...expiring(60) })).toBe(false);
			const client = await bench.connected({ clean: true });
			client.send({ cmd: 'disconnect', reasonCode: 0, ...expiring(60) });
			await client.untilClosed();
			expect(client.packets.last).toMatchObject({ cmd: 'disconnect', reasonCode: PROTOCOL_ERROR });
		},
	},
	{
		name: 'MQTT-3.1.2-8, -10: the will of a client is published if it vanishes, not if it sends a DISCONNECT',
		async check(bench) {
			const topics = [newTopic(), newTopic()] as const;
			const observers = [await bench.observer(topics[0]), await bench.observer(topics[1])] as const;
			await (await bench.connected(will(topics[0]))).disconnect();
			(await bench.connected(will(topics[1]))).vanish();
			await observers[1].untilReceived('the will');
			expect(observers[0].received).toEqual([]);
		},
	},
	{
		name: 'MQTT-3.14.4-3: a DISCONNECT whose reason is not 0 does not delete the will',
		versions: V5,
		// mosquitto crashes
		notOnMosquitto: ['WebSocket'],
		async check(bench) {
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const client = await bench.connected(will(topic));
			client.send({ cmd: 'disconnect', reasonCode: WITH_WILL });
			client.end();
			await observer.untilReceived('the will');
		},
	},
	{
		name: 'MQTT 5 3.1.3.2.2: a will with a delay is not published if its client reconnects before the delay has passed',
		versions: V5,
		// mosquitto crashes
		notOnMosquitto: ['WebSocket'],
		async check(bench) {
			const id = newName('delayed');
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const connect = { ...bench.durable(), ...will(topic, 'too early', { willDelayInterval: 3 }) };
			for (let n = 0; n < 4; n++) {
				const client = await bench.connected(connect, id);
				await client.ping();
				client.vanish();
				await sleep(100);
			}
			await bench.connected(connect, id);
			await sleep(3_600);
			expect(observer.received).toEqual([]);
		},
	},
	{
		name: 'MQTT 5 3.1.3.2.2: a will with a delay is published after the delay if its client does not reconnect',
		versions: V5,
		notOnMosquitto: ['WebSocket'],
		async check(bench) {
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const connect = { clean: false, ...expiring(60), ...will(topic, 'late', { willDelayInterval: 3 }) };
			(await bench.connected(connect)).vanish();
			await sleep(800);
			expect(observer.received).toEqual([]);
			await observer.untilReceived('late');
		},
	},
	{
		name: 'MQTT 5 3.1.3.2.2: a will with a delay is published when its session ends',
		versions: V5,
		// mosquitto does not publish the will then
		notOnMosquitto: ['TCP', 'TLS', 'WebSocket'],
		async check(bench) {
			const topics = [newTopic(), newTopic()] as const;
			const observers = [await bench.observer(topics[0]), await bench.observer(topics[1])] as const;
			const delayed = (topic: string) => will(topic, 'the will', { willDelayInterval: 60 });
			(await bench.connected({ clean: true, ...delayed(topics[0]) })).vanish();
			await observers[0].untilReceived('the will');
			const id = newName('delayed');
			(await bench.connected({ ...bench.durable(), ...delayed(topics[1]) }, id)).vanish();
			await sleep(200);
			expect(observers[1].received).toEqual([]);
			await bench.connected({ clean: true }, id);
			await observers[1].untilReceived('the will');
		},
	},
	{
		name: 'MQTT-3.1.4-3: two connections with one client id: each will is published once, at the end of its connection',
		async check(bench) {
			const id = newName('twice');
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const first = await bench.connected(will(topic, 'of the first'), id);
			const second = await bench.connected(will(topic, 'of the second'), id);
			await first.untilClosed();
			await observer.untilReceived('of the first');
			await second.ping();
			expect(observer.received.map(messageOf)).toEqual(['of the first']);
			second.vanish();
			await observer.untilReceived('of the second');
			await sleep(200);
			expect(observer.received.map(messageOf)).toEqual(['of the first', 'of the second']);
		},
	},
];
