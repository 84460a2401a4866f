/** The time from the start of a write to its event at a subscriber, while nothing else happens. */
import { Changes, messageOf } from '../clients/changes.ts';
import { HttpConnection } from '../clients/http.ts';
import { MqttConnection } from '../clients/mqtt.ts';
import { openMqttSubscriber, openStreams, type OnChange, type Subscriber } from '../clients/subscribers.ts';
import { latencyOf } from '../../statistics.ts';
import type { Target } from '../targets/target.ts';
import type { Bench, Metric, Work } from '../work.ts';

/** In ms: an event that comes later is lost. */
const TIMEOUT = 5_000;

type Write = (id: string, change: number) => Promise<unknown>;
type Subscribe = (target: Target, onChange: OnChange) => Promise<Subscriber>;

const overSse: Subscribe = async (target, onChange) =>
	(await openStreams(target, 1, (_subscriber, change) => onChange(change)))[0]!;

const PAIRS = {
	restMqtt: { label: 'REST → MQTT', writer: openRestWriter, subscribe: openMqttSubscriber as Subscribe },
	restSse: { label: 'REST → SSE', writer: openRestWriter, subscribe: overSse },
	mqttSse: { label: 'MQTT → SSE', writer: openMqttWriter, subscribe: overSse },
	mqttMqtt: { label: 'MQTT → MQTT', writer: openMqttWriter, subscribe: openMqttSubscriber as Subscribe },
};

const metric = (label: string): Metric => ({ label, unit: 'ms', better: 'less' });

export const latency: Work = {
	name: 'latency',
	title: 'From a write to its event',
	about: 'One write at a time, from its start until a subscriber has its event.',
	needsSigns: true,
	metrics: Object.fromEntries(
		Object.entries(PAIRS).flatMap(([name, { label }]) => [
			[name, metric(`${label}, median`)],
			[`${name}P99`, metric(`${label}, p99`)],
		])
	),
	async run(bench) {
		const values: Record<string, number> = {};
		for (const [name, pair] of Object.entries(PAIRS)) {
			const { p50, p99 } = await measure(bench, pair);
			Object.assign(values, { [name]: p50, [`${name}P99`]: p99 });
		}
		return { values };
	},
};

/** One write after another; each waits for its event and its acknowledgement. The first quarter is the warm-up. */
async function measure({ target, seconds, ids }: Bench, { label, writer, subscribe }: (typeof PAIRS)['restMqtt']) {
	const changes = new Changes();
	const samples: number[] = [];
	let onArrival: OnChange = () => {};
	const subscriber = await subscribe(target, (change) => onArrival(change));
	const { write, close } = await writer(target);
	const [start, end] = [performance.now() + (seconds * 1000) / 4, performance.now() + seconds * 1000];
	for (let n = 0; performance.now() < end; n++) {
		const change = changes.begin();
		const arrived = new Promise<void>((done, fail) => {
			const timer = setTimeout(() => fail(new Error(`lost: ${label}, change ${n + 1} did not arrive`)), TIMEOUT);
			onArrival = (received) => {
				if (received !== change) return;
				clearTimeout(timer);
				const now = performance.now();
				if (now > start) samples.push(now - changes.startOf(change)!);
				done();
			};
		});
		await Promise.all([arrived, write(ids[n % ids.length]!, change)]);
	}
	subscriber.close();
	close();
	return latencyOf(samples);
}

async function openRestWriter(target: Target) {
	const connection = await HttpConnection.open(target.url);
	let n = 0;
	const write: Write = (id, change) =>
		connection.request('PUT', `/Sign/${id}`, target.body(id, messageOf(change), ++n));
	return { write, close: () => connection.close() };
}

async function openMqttWriter(target: Target) {
	const connection = await MqttConnection.open(target.mqttUrl);
	let n = 0;
	const write: Write = (id, change) => connection.publish(target.deviceMessage(id, messageOf(change), ++n));
	return { write, close: () => connection.close() };
}
