/** Whether `online` is right: what happens to last wills, with raw MQTT clients. */
import { describe, expect, onTestFinished, test } from 'vitest';
import mqtt from 'mqtt';
import {
	addAccount,
	connectMqtt,
	get,
	mqttUrl,
	newId,
	rest,
	subscribeMqtt,
	type MqttKind,
	offlineWill,
} from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { openPipe } from '../support/pipe.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const sign = (id: string) => ({
	clientId: id,
	will: offlineWill(id),
});

/** A connection that does exactly what the contract requires of a device. */
async function connectDevice(kind: MqttKind, id: string) {
	const client = await connectMqtt(kind, sign(id));
	const publishOnline = () => client.publishAsync(`Sign/${id}`, '{"online":true}', { qos: 1 });
	const wills = new Feed<boolean>(`wills of ${id}`);
	client.on('message', (_topic, payload) => {
		if (JSON.parse(payload.toString())?.online !== false) return;
		wills.push(true);
		publishOnline().catch(() => {});
	});
	await client.subscribeAsync(`Sign/${id}`, { qos: 1 });
	await publishOnline();
	return Object.assign(client, { wills });
}

const isOnline = (id: string, online: boolean) => expect.poll(() => get(id)).toMatchObject({ online });

describe.for<MqttKind>(['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'])('over %s', (kind) => {
	// Cause: Harper stores wills by client id. When the first of two connections ends, it publishes and deletes the will
	// of the second, whose death then goes unnoticed.
	test('a device that comes back before its lost connection is noticed is online, and then offline when it dies', async () => {
		for (let round = 0; round < 5; round++) {
			const id = newId('twice');
			const lost = await connectDevice(kind, id);
			const back = await connectDevice(kind, id);
			lost.stream.destroy();
			await back.wills.until(() => true); // nobody else writes, so no later event can replace it
			await isOnline(id, true);
			back.stream.destroy();
			await isOnline(id, false);
		}
	});
});

test('a device that ends properly takes its will with it, and the will of its next connection stays', async () => {
	for (let round = 0; round < 5; round++) {
		const id = newId('again');
		const first = await connectDevice('MQTT 3.1.1', id);
		const second = await connectDevice('MQTT 3.1.1', id);
		await first.endAsync();
		second.stream.destroy();
		await isOnline(id, false);
	}
});

// Cause: Harper finds a session and a will by the client id, and does not compare the account.
test('another account with the client id of a device neither disturbs it nor takes its will', async () => {
	const id = newId('taken');
	const device = await addAccount('device', 'sign_device', id);
	const viewer = await addAccount('viewer', 'sign_viewer');
	const durable = { ...sign(id), clean: false };
	const first = await connectMqtt('MQTT 3.1.1', { ...durable, ...device });
	await first.subscribeAsync(`Sign/${id}`, { qos: 1 });
	await first.endAsync();
	await rest('PUT', `/Sign/${id}`, { message: 'missed' });
	const thief = mqtt.connect(mqttUrl, {
		...durable,
		will: undefined,
		...viewer,
		protocolVersion: 4,
		reconnectPeriod: 0,
	});
	onTestFinished(() => thief.endAsync(true));
	const feed = new Feed<string>('topics of a taken-over session');
	thief.on('message', (topic) => feed.push(topic));
	await new Promise<void>((done) => void thief.on('connect', () => done()));
	await feed.silence(500);
	expect(feed.received).toEqual([]);
	await thief.subscribeAsync('Sign/+', { qos: 1 });
	const back = await connectMqtt('MQTT 3.1.1', { ...durable, ...device });
	await back.publishAsync(`Sign/${id}`, '{"online":true}', { qos: 1 });
	thief.stream.destroy();
	await back.publishAsync(`Sign/${id}`, '{"message":"still here"}', { qos: 1 });
	expect(await get(id)).toMatchObject({ online: true, message: 'still here' });
	back.stream.destroy();
	await isOnline(id, false);
});

test('a device whose network vanishes without a word is offline within its keep-alive plus half of it', async () => {
	const id = newId('vanishes');
	const pipe = await openPipe(Number(new URL(mqttUrl).port));
	const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${pipe.port}`, { ...ADMIN, ...sign(id), keepalive: 2 });
	onTestFinished(() => device.endAsync(true));
	device.on('error', () => {});
	await device.publishAsync(`Sign/${id}`, '{"online":true}', { qos: 1 });
	await isOnline(id, true);
	const { feed } = await subscribeMqtt('MQTT 5', `Sign/${id}`);
	const start = Date.now();
	pipe.cut();
	await feed.until(({ row }) => row?.online === false);
	expect(Date.now() - start).toBeLessThan(7_000);
});
