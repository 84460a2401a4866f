/** The service's connections to mosquitto: one publishes the states, the others receive what devices publish. */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS } from './shard.ts';

/** In ms, before a message is stored again while the database is away, and before a reconnect. */
const RETRY = 200;

const OPTIONS: IClientOptions = { reconnectPeriod: RETRY, connectTimeout: 2_000 };

/**
 * Publishes retained states. mosquitto writes retained messages to its file only now and then, so all states are
 * published again whenever it may have lost some.
 * @param onConnect called at each connect
 */
export async function openPublisher(url: string, onConnect: () => void) {
	const client = mqtt.connect(url, { ...OPTIONS, clientId: 'service-publisher', queueQoSZero: false });
	client.on('error', () => {}); // MQTT.js reconnects
	await onceConnected(client);
	noDelay(client);
	client.on('connect', () => {
		noDelay(client);
		onConnect();
	});
	return (id: string, payload: string) => {
		client.publish(`Sign/${id}`, payload, { qos: 1, retain: true }, () => {}); // a reconnect publishes it again
	};
}

/**
 * Receives what devices publish. Each shard is a session of its own, which takes one message after the other and
 * acknowledges it when it is stored: so the messages of a sign stay in order, shards work at the same time, and what was
 * not stored when the service ended is delivered again.
 * @param store rejects when the database is away
 */
export async function receive(url: string, store: (id: string, payload: string) => Promise<void>) {
	const clients = Array.from({ length: SHARDS }, (_, shard) => {
		const client = mqtt.connect(url, { ...OPTIONS, clientId: `service-${shard}`, clean: false });
		client.on('error', () => {});
		client.on('connect', () => {
			noDelay(client);
			client.subscribe(`device/${shard}/+`, { qos: 1 });
		});
		client.handleMessage = ({ topic, payload }, done) => void storeAtLast(topic, String(payload)).then(() => done());
		return client;
	});
	const storeAtLast = async (topic: string, payload: string) => {
		const id = topic.slice(topic.lastIndexOf('/') + 1);
		while (
			!(await store(id, payload).then(
				() => true,
				() => false
			))
		)
			await sleep(RETRY);
	};
	await Promise.all(clients.map(onceConnected));
}

const onceConnected = (client: MqttClient) => new Promise<void>((done) => client.once('connect', () => done()));

const noDelay = ({ stream }: MqttClient) => (stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
