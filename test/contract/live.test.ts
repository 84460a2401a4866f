/** The events that subscribers receive: the first value, every change, removals, bursts, and the server's heartbeat. */
import mqtt from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
	connectMqtt,
	get,
	mqttUrl,
	newId,
	openEventSource,
	openWebSocket,
	publishers,
	rest,
	subscribeMqtt,
	subscribers,
	type Row,
	offlineWill,
} from '../support/clients.ts';
import { eventually, Feed } from '../support/feed.ts';
import { connectMqttSocket } from '../support/peers.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

describe.for(subscribers)('a subscriber by $name', ({ open }) => {
	test('first receives the current value, and again after a reconnection', async () => {
		const id = newId('first');
		await rest('PUT', `/Sign/${id}`, { message: 'one' });
		const first = await open(id);
		await first.until(({ row }) => row?.message === 'one');
		await rest('PUT', `/Sign/${id}`, { message: 'two' });
		const second = await open(id);
		expect((await second.until(({ row }) => row !== null)).row).toEqual(await get(id));
		expect(second.received[0]!.row!.message).toBe('two');
	});

	test('receives a removal as null, and nothing of it when it comes later', async () => {
		const id = newId('removed');
		await rest('PUT', `/Sign/${id}`, { message: 'here' });
		const feed = await open(id);
		await feed.until(({ row }) => row?.message === 'here');
		await rest('DELETE', `/Sign/${id}`);
		await feed.until(({ row }) => row === null);
		expect(await get(id)).toBeNull();
		const late = await open(id);
		await late.silence(200);
		expect(late.received).toEqual([]);
	});

	test('receives the last of 500 writes in a burst', async () => {
		const id = newId('burst');
		const feed = await open(id);
		const client = await connectMqtt('MQTT 5');
		for (let n = 1; n <= 500; n++) client.publish(`Sign/${id}`, JSON.stringify({ message: `${n}` }), { qos: 1 });
		await feed.until(({ row }) => row?.message === '500', 20_000);
		await feed.silence(100);
		expect(feed.last!.row).toEqual(await get(id));
		expect(feed.last!.row!.revision).toBe(500);
	});
});

test('a burst over every protocol ends on every subscriber with what GET answers', async () => {
	const id = newId('bursts');
	const feeds = await Promise.all(subscribers.map(({ open }) => open(id)));
	const writers = await Promise.all(publishers.map(({ open }) => open(id)));
	await Promise.all(
		writers.map(async (write, writer) => {
			for (let n = 1; n <= 50; n++) await write({ message: `${writer} ${n}` });
		})
	);
	const row = await eventually(
		() => get(id),
		(row) => row?.revision === writers.length * 50
	);
	await Promise.all(feeds.map((feed) => feed.until(() => feed.last?.row?.revision === row!.revision)));
	for (const feed of feeds) expect(feed.last!.row).toEqual(row);
});

test('events over SSE and WebSocket have the form of Harper', async () => {
	const id = newId('form');
	await rest('PUT', `/Sign/${id}`, { message: 'one' });
	const feeds = [(await openEventSource(`/Sign/${id}`)).feed, (await openWebSocket(`/Sign/${id}`)).feed];
	await rest('PATCH', `/Sign/${id}`, { speed: 30 });
	await Promise.all(feeds.map((feed) => feed.until(({ value }) => value?.speed === 30)));
	await rest('DELETE', `/Sign/${id}`);
	for (const feed of feeds) {
		const removal = await feed.until(({ type }) => type === 'delete');
		expect(removal.value ?? null).toBeNull();
		const change = feed.received[0]!;
		expect(change).toMatchObject({ id, version: expect.any(Number), localTime: expect.any(Number) });
		expect(['put', 'patch']).toContain(change.type);
		expect(Object.keys(change).sort()).toEqual(['id', 'localTime', 'type', 'value', 'version']);
	}
});

test('a durable MQTT session receives the current value after it was away', async () => {
	const id = newId('durable');
	const session = { clientId: id, clean: false };
	const { client } = await subscribeMqtt('MQTT 3.1.1', `Sign/${id}`, session);
	await rest('PUT', `/Sign/${id}`, { message: 'one' });
	await client.endAsync();
	await rest('PUT', `/Sign/${id}`, { message: 'two' });
	await rest('PUT', `/Sign/${id}`, { message: 'three' });
	const feed = new Feed<Row>('durable session');
	const back = mqtt.connect(mqttUrl, { ...ADMIN, ...session, reconnectPeriod: 0 });
	onTestFinished(() => back.endAsync(true));
	back.on('message', (_topic, payload) => feed.push(JSON.parse(payload.toString())));
	expect(await feed.until(({ message }) => message === 'three')).toEqual(await get(id));
});

// Cause: Harper accepts a SUBSCRIBE while it still resumes the session, and then has two subscriptions to the same topic.
test('durable MQTT sessions that come back and subscribe again receive each change once', async () => {
	const ids = Array.from({ length: 25 }, () => newId('resumed'));
	const topics = ids.map((id) => `Sign/${id}`);
	const write = (message: string) => Promise.all(ids.map((id) => rest('PATCH', `/Sign/${id}`, { message })));
	await write('before');
	const sessions = Array.from({ length: 12 }, async () => {
		const session = { clientId: newId('session'), clean: false };
		const away = await connectMqtt('MQTT 3.1.1', session);
		await away.subscribeAsync(topics, { qos: 1 });
		await away.endAsync();
		const feed = new Feed<Row>(session.clientId);
		const back = await connectMqtt('MQTT 3.1.1', session);
		back.on('message', (_topic, payload) => feed.push(JSON.parse(payload.toString())));
		// in the reverse of Harper's order, so that both reach the same topic at the same time once
		await back.subscribeAsync(topics.toReversed(), { qos: 1 });
		return feed;
	});
	const feeds = await Promise.all(sessions);
	const eventsOf = ({ received }: Feed<Row>, message: string) => received.filter((row) => row.message === message);
	for (const message of ['one', 'two']) {
		await write(message);
		await Promise.all(feeds.map((feed) => feed.until(() => eventsOf(feed, message).length >= ids.length)));
	}
	for (const feed of feeds)
		expect(
			eventsOf(feed, 'one')
				.map(({ id }) => id)
				.sort()
		).toEqual(ids.toSorted());
});

// Cause: Harper starts a durable session's subscription some time after the SUBSCRIBE, and left out the commits in between.
test('durable MQTT sessions that subscribe while their sign is made all receive it', { timeout: 60_000 }, async () => {
	const devices = Array.from({ length: 150 }, async () => {
		const id = newId('made');
		const client = await connectMqtt('MQTT 3.1.1', { clientId: id, clean: false });
		const feed = new Feed<Row>(id);
		client.on('message', (_topic, payload) => feed.push(JSON.parse(payload.toString())));
		await Promise.all([
			client.publishAsync(`Sign/${id}`, '{"online":true}', { qos: 1 }),
			client.subscribeAsync(`Sign/${id}`, { qos: 1 }),
		]);
		expect(await feed.until(({ online }) => online)).toEqual(await get(id));
	});
	await Promise.all(devices);
});

test(
	'SSE sends a heartbeat at least every 30 s, in an event that onmessage does not see; a WebSocket is pinged',
	{ timeout: 60_000 },
	async () => {
		const pings = new Feed<string>('pings');
		const sockets = {
			'/Sign/<id>': (await openWebSocket(`/Sign/${newId('silent')}`)).socket,
			'/Rejection/admin': (await openWebSocket('/Rejection/admin')).socket,
			'MQTT': (await connectMqttSocket()).socket,
		};
		for (const [name, socket] of Object.entries(sockets)) socket.on('ping', () => pings.push(name));
		const { feed, heartbeats } = await openEventSource(`/Sign/${newId('silent')}`);
		const opened = heartbeats.received.length;
		await Promise.all([
			heartbeats.until(() => heartbeats.received.length > opened, 30_000),
			...Object.keys(sockets).map((name) => pings.until((pinged) => pinged === name, 30_000, `a ping of ${name}`)),
		]);
		expect(feed.received).toEqual([]);
	}
);

describe('revision', () => {
	test('grows with every write of a writer, and with none of a device that reports', async () => {
		const id = newId('revision');
		await rest('PUT', `/Sign/${id}`, { message: 'one' });
		const { revision } = (await get(id))!;
		await rest('PATCH', `/Sign/${id}`, { online: true });
		await rest('PATCH', `/Sign/${id}`, { shownRevision: revision });
		expect(await get(id)).toMatchObject({ revision, shownRevision: revision, online: true });
		await rest('PATCH', `/Sign/${id}`, { message: 'one' });
		expect(await get(id)).toMatchObject({ revision: revision + 1, shownRevision: revision });
		await rest('PUT', `/Sign/${id}`, {});
		expect(await get(id)).toMatchObject({ revision: revision + 2, shownRevision: revision, online: true });
	});
});

test('the last will of a device that vanishes marks its sign offline, and the sign stays complete', async () => {
	const id = newId('will');
	await rest('PUT', `/Sign/${id}`, { message: 'kept' });
	const will = offlineWill(id);
	const device = await connectMqtt('MQTT 3.1.1', { will, clientId: id });
	await device.publishAsync(`Sign/${id}`, '{"online":true}', { qos: 1 });
	expect(await get(id)).toMatchObject({ online: true });
	const { feed } = await subscribeMqtt('MQTT 5', `Sign/${id}`);
	device.stream.destroy();
	await feed.until(({ row }) => row?.online === false);
	expect(await get(id)).toMatchObject({ online: false, message: 'kept', revision: 1 });
});
