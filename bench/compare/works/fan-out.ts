/** The cost of an event: many streams of all signs, and streams in three numbers. */
import { fanOut } from '../fan-out.ts';
import type { Metric, Work } from '../work.ts';

export const streams: Work = {
	name: 'streams',
	title: 'Many event streams of all signs',
	about: 'Changes at a steady rate. Each stream must get each change.',
	needsSigns: true,
	metrics: {
		eventCpu: { label: 'CPU of an event, many SSE', unit: 'µs', better: 'less' },
		eventP99: { label: 'delay of an event, many SSE, p99', unit: 'ms', better: 'less' },
	},
	async run({ target, sizes, seconds, ids }) {
		const load = { streams: sizes.streams, rate: sizes.streamRate, seconds, ids };
		const { cpu, events, latency, isClientSaturated } = await fanOut(target, load);
		return { values: { eventCpu: (cpu * 1000) / events, eventP99: latency.p99! }, isClientSaturated };
	},
};

const NAMES = ['Few', 'Some', 'Many'] as const;
const cost = (which: string): Metric => ({ label: `CPU of a change, ${which} viewers`, unit: 'ms', better: 'less' });
const delay = (which: string): Metric => ({ label: `its delay, ${which} viewers, p99`, unit: 'ms', better: 'less' });

export const viewers: Work = {
	name: 'viewers',
	title: 'Cost against the number of viewers',
	about: 'Changes at a steady rate to event streams; each must get each change.',
	needsSigns: true,
	metrics: Object.fromEntries(
		NAMES.flatMap((name) => [
			[`viewerCpu${name}`, cost(name.toLowerCase())],
			[`viewerP99${name}`, delay(name.toLowerCase())],
		])
	),
	series: [
		{ title: 'CPU of a change', x: 'viewers', unit: 'ms', metrics: NAMES.map((name) => `viewerCpu${name}`) },
		{ title: 'Delay of an event, p99', x: 'viewers', unit: 'ms', metrics: NAMES.map((name) => `viewerP99${name}`) },
	],
	async run({ target, sizes, seconds, ids }) {
		const values: Record<string, number> = {};
		let isClientSaturated = false;
		for (const [n, count] of sizes.viewers.entries()) {
			const load = { streams: count, rate: sizes.viewerRate, seconds, ids };
			const result = await fanOut(target, load);
			values[`viewerCpu${NAMES[n]}`] = result.cpu / result.changes;
			values[`viewerP99${NAMES[n]}`] = result.latency.p99!;
			isClientSaturated ||= result.isClientSaturated;
		}
		return { values, isClientSaturated };
	},
};
