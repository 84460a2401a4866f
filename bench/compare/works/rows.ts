/** The cost of a write against the number of signs in the table. */
import { closeAll, openConnections } from '../clients/spread.ts';
import type { Metric, Work } from '../work.ts';
import { makeSigns, replaceAtFullSpeed } from '../writes.ts';
import { memoryOf } from '../meter.ts';

const NAMES = ['Few', 'Some', 'Many'] as const;
const metric = (label: string, unit: string): Metric => ({ label, unit, better: 'less' });
/** How many of the signs are written. */
const MOST_WRITTEN = 1_000;
/** Connections that fill the table. */
const MAKERS = 64;

export const rows: Work = {
	name: 'rows',
	title: 'Cost against the number of signs',
	about: 'PUT requests over a few connections.',
	needsSigns: true,
	needsNew: true,
	isOnce: true,
	metrics: Object.fromEntries(
		NAMES.flatMap((name) => [
			[`rowCpu${name}`, metric(`CPU of a PUT, ${name.toLowerCase()} signs in the table`, 'ms')],
			[`rowMemory${name}`, metric(`memory, ${name.toLowerCase()} signs in the table`, 'MB')],
		])
	),
	series: [
		{ title: 'CPU of a PUT', x: 'rows', unit: 'ms', metrics: NAMES.map((name) => `rowCpu${name}`) },
		{ title: 'Memory', x: 'rows', unit: 'MB', metrics: NAMES.map((name) => `rowMemory${name}`) },
	],
	async run({ target, sizes, seconds }) {
		const values: Record<string, number> = {};
		let isClientSaturated = false;
		let made: string[] = [];
		for (const [n, count] of sizes.rows.entries()) {
			const all = Array.from({ length: count }, (_, i) => `row-${i}`);
			// opened for each use: a server closes a connection that waits for long
			const makers = await openConnections(target, MAKERS);
			await makeSigns(target, all.slice(made.length), makers);
			closeAll(makers);
			made = all;
			const written = all.filter((_, i) => i % Math.ceil(count / MOST_WRITTEN) === 0);
			const connections = await openConnections(target, sizes.rowConnections);
			// warm-up: most for the first one, on a server that has just been started
			await replaceAtFullSpeed(target, written, connections, n === 0 ? 2 * seconds : seconds / 2);
			const load = await replaceAtFullSpeed(target, written, connections, seconds);
			values[`rowCpu${NAMES[n]}`] = load.cpu / load.writes;
			values[`rowMemory${NAMES[n]}`] = memoryOf(target) / 1e6;
			isClientSaturated ||= load.isClientSaturated;
			closeAll(connections);
		}
		return { values, isClientSaturated };
	},
};
