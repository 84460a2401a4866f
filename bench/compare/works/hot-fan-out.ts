/** One sign that changes often, with subscribers of each kind. Changes may be left out, the last one never. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Changes, messageOf } from '../clients/changes.ts';
import { HttpConnection } from '../clients/http.ts';
import { closeAll } from '../clients/spread.ts';
import { openMqttSubscriber, openSocket, openStreams, type Subscriber } from '../clients/subscribers.ts';
import { startMeter } from '../meter.ts';
import { latencyOf } from '../../statistics.ts';
import type { Target } from '../targets/target.ts';
import type { Work } from '../work.ts';
import { atRate } from '../writes.ts';

const TIMEOUT = 10_000;

export const hotFanOut: Work = {
	name: 'hot-fan-out',
	title: 'One sign with many subscribers',
	about:
		'A third each over Server-Sent Events, MQTT and WebSocket. Changes may be left out, the last one never. A delay counts from the moment when the change was due; one that was left out has the delay of the next one.',
	needsSigns: true,
	metrics: {
		hotRestP99: { label: 'one sign, many subscribers, at rest: delay, p99', unit: 'ms', better: 'less' },
		hotP99: { label: 'the same under load', unit: 'ms', better: 'less' },
		hotEventCpu: { label: 'CPU of an event meanwhile', unit: 'µs', better: 'less' },
		hotShare: { label: 'changes that a subscriber gets meanwhile', unit: '%', better: 'more' },
	},
	async run({ target, sizes, seconds, ids: [id] }) {
		const latest = new Latest(sizes.hotSubscribers);
		const subscribers = await openAll(target, id!, sizes.hotSubscribers, latest.onChange);
		const connection = await HttpConnection.open(target.url);
		let last: Promise<unknown> = Promise.resolve();
		// one after the other, so that everybody knows which is the last one
		const write = async (change: number) => {
			const body = target.body(id!, messageOf(change), change);
			await (last = last.then(() => connection.request('PUT', `/Sign/${id}`, body)));
		};
		const load = async (rate: number) => {
			latest.clear();
			await atRate(rate, seconds, latest.changes, write);
			await latest.untilAllHaveLast();
			return latencyOf(latest.samples).p99!;
		};
		await load(sizes.hotRate); // warm-up
		const hotRestP99 = await load(sizes.hotRestRate);
		const meter = startMeter(target);
		const hotP99 = await load(sizes.hotRate);
		const { cpu, isClientSaturated } = meter();
		closeAll([...subscribers, connection]);
		const { events, changes } = latest;
		const hotShare = (events / subscribers.length / changes.count) * 100;
		return { values: { hotRestP99, hotP99, hotEventCpu: (cpu * 1000) / events, hotShare }, isClientSaturated };
	},
};

/** A third each over Server-Sent Events, MQTT and WebSocket. */
async function openAll(target: Target, id: string, count: number, onChange: Latest['onChange']): Promise<Subscriber[]> {
	const third = Math.floor(count / 3);
	const openThird = (first: number, open: (onChange: (change: number) => void) => Promise<Subscriber>) =>
		Array.from({ length: third }, (_, n) => open((change) => onChange(first + n, change)));
	return [
		...(await openStreams(target, count - 2 * third, (n, change) => onChange(2 * third + n, change), id)),
		...(await Promise.all(openThird(0, (listener) => openMqttSubscriber(target, listener, `Sign/${id}`)))),
		...(await Promise.all(openThird(third, (listener) => openSocket(target, id, listener)))),
	];
}

/** The latest change that each subscriber has. */
class Latest {
	changes = new Changes();
	samples: number[] = [];
	events = 0;
	#first = 0;
	readonly #latest: number[];

	constructor(subscribers: number) {
		this.#latest = Array.from({ length: subscribers }, () => 0);
	}

	/** Takes a sample of this change, and of each one before it that was left out. */
	readonly onChange = (subscriber: number, change: number): void => {
		if (this.changes.startOf(change) === undefined || change <= this.#latest[subscriber]!) return;
		const now = performance.now();
		for (let n = Math.max(this.#latest[subscriber]! + 1, this.#first); n <= change; n++) {
			const start = this.changes.startOf(n);
			if (start !== undefined) this.samples.push(now - start);
		}
		this.#latest[subscriber] = change;
		this.events++;
	};

	clear(): void {
		this.changes = new Changes();
		this.#first = Math.max(...this.#latest) + 1;
		this.samples = [];
		this.events = 0;
	}

	/** @throws after 10 s, with how many do not have it */
	async untilAllHaveLast(): Promise<void> {
		const { last } = this.changes;
		for (const end = performance.now() + TIMEOUT; ; await sleep(5)) {
			const missing = this.#latest.filter((change) => change !== last).length;
			if (missing === 0) return;
			if (performance.now() > end) throw new Error(`lost: ${missing} subscribers of one sign lack its last change`);
		}
	}
}
