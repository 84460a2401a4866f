/**
 * How many signs are out of sync after a `kill -9` of one server in the middle of writes: a GET, or a new subscriber of
 * the retained topic, does not get what was acknowledged. The killed server is started again at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { changeIn, Changes, messageOf } from '../clients/changes.ts';
import { HttpConnection } from '../clients/http.ts';
import { MqttConnection } from '../clients/mqtt.ts';
import { closeAll } from '../clients/spread.ts';
import { Device } from '../device.ts';
import type { Part, Target } from '../targets/target.ts';
import type { Bench, Metric, Work } from '../work.ts';
import { readSigns } from '../writes.ts';

/** In ms: how long a new subscriber waits for retained messages. */
const RETAINED_TIMEOUT = 1_000;
const POLL_INTERVAL = 100;
/** In ms, between two messages of a device: slow enough for every store, so that only the kill can put it behind. */
const DEVICE_INTERVAL = 20;
/** By the name of a part. */
const METRICS: Record<string, string> = {
	Harper: 'killHarper',
	mosquitto: 'killMosquitto',
	PostgreSQL: 'killPostgres',
	service: 'killService',
};

const metric = (label: string): Metric => ({ label, unit: 'signs', better: 'less' });

export const kill: Work = {
	name: 'kill',
	title: 'After a kill -9',
	about:
		'One server is killed in the middle of writes and started again. A sign is out of sync when a GET has less than what was acknowledged, or when a new subscriber of its topic gets another value than the GET.',
	needsSigns: true,
	needsNew: true,
	metrics: {
		...Object.fromEntries(
			Object.entries(METRICS).map(([part, name]) => [name, metric(`out of sync after kill -9 of ${part}`)])
		),
		killWorst: metric('out of sync after kill -9 of any one, the most'),
	},
	async run(bench) {
		const values: Record<string, number> = {};
		for (const [n, part] of bench.target.parts.entries())
			values[METRICS[part.name]!] = await outOfSyncAfterKill(bench, part, `kill-${n}`);
		return { values: { ...values, killWorst: Math.max(...Object.values(values)) } };
	},
};

/** A writer of one sign, over REST or MQTT. It ends when a write fails. */
interface Writer {
	id: string;
	/** The change that was acknowledged last. */
	acknowledged(): number;
	close(): void;
}

async function outOfSyncAfterKill({ target, sizes, seconds }: Bench, part: Part, prefix: string): Promise<number> {
	let isOver = false;
	const ids = (kind: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${kind}-${n}`);
	const writers = await Promise.all([
		...ids('rest', sizes.connections).map((id) => openRestWriter(target, id, () => isOver)),
		...ids('mqtt', sizes.devices).map((id) => openDeviceWriter(target, id, () => isOver)),
	]);
	await sleep((seconds * 1000) / 2);
	await part.killAndStart();
	isOver = true;
	const end = performance.now() + sizes.settle * 1000;
	for (; ; await sleep(POLL_INTERVAL)) {
		const count = await countOutOfSync(target, writers).catch(() => writers.length);
		if (count > 0 && performance.now() < end) continue;
		closeAll(writers);
		return count;
	}
}

async function openRestWriter(target: Target, id: string, isOver: () => boolean): Promise<Writer> {
	const connection = await HttpConnection.open(target.url);
	const changes = new Changes();
	let acknowledged = 0;
	const run = async () => {
		while (!isOver()) {
			const change = changes.begin();
			await connection.request('PUT', `/Sign/${id}`, target.body(id, messageOf(change), changes.count));
			acknowledged = change;
		}
	};
	run().catch(() => {}); // what is not acknowledged need not be stored
	return { id, acknowledged: () => acknowledged, close: () => connection.close() };
}

async function openDeviceWriter(target: Target, id: string, isOver: () => boolean): Promise<Writer> {
	const device = new Device(target, id, await MqttConnection.open(target.mqttUrl));
	const run = async () => {
		for (; !isOver(); await sleep(DEVICE_INTERVAL)) await device.publish();
	};
	run().catch(() => {});
	return { id, acknowledged: () => device.last, close: () => device.close() };
}

/** @throws while the target does not answer */
async function countOutOfSync(target: Target, writers: Writer[]): Promise<number> {
	const acknowledged = new Map(writers.map((writer) => [writer.id, writer.acknowledged()]));
	const connection = await HttpConnection.open(target.url);
	const retained = await readRetained(target, [...acknowledged.keys()]);
	const rows = await readSigns([connection], [...acknowledged.keys()]);
	connection.close();
	return [...acknowledged].filter(([id, change]) => {
		const stored = changeIn(rows.get(id)?.message ?? '');
		return stored < change || retained.get(id) !== stored;
	}).length;
}

/** What a new subscriber gets of these signs. */
async function readRetained(target: Target, ids: string[]): Promise<Map<string, number>> {
	const found = new Map<string, number>();
	const connection = await MqttConnection.open(target.mqttUrl);
	await connection.subscribe('Sign/+', (topic, payload) => {
		const id = topic.slice('Sign/'.length);
		if (payload) found.set(id, changeIn((JSON.parse(payload) as { message: string }).message));
	});
	const end = performance.now() + RETAINED_TIMEOUT;
	while (performance.now() < end && ids.some((id) => !found.has(id))) await sleep(10);
	connection.close();
	return found;
}
