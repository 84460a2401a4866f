/** Memory while nobody is connected. It runs before any other work. */
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, processesOf } from '../meter.ts';
import type { Work } from '../work.ts';

export const memory: Work = {
	name: 'memory',
	title: 'Memory at rest',
	about:
		'While nobody is connected: the anonymous and shared memory of all processes, each page counted once, without mapped files.',
	needsSigns: false,
	metrics: {
		memory: { label: 'memory at rest', unit: 'MB', better: 'less' },
		servers: { label: 'servers to run', unit: '', better: 'less' },
		processes: { label: 'processes of the system', unit: '', better: 'less' },
	},
	async run({ target, seconds }) {
		await sleep(Math.min(3, seconds) * 1000);
		const processes = processesOf(target).length;
		return { values: { memory: memoryOf(target) / 1e6, servers: target.parts.length, processes } };
	},
};
