/** Many writers of one sign at the same time. */
import { messageOf, Changes } from '../clients/changes.ts';
import { closeAll, openConnections } from '../clients/spread.ts';
import { startMeter } from '../meter.ts';
import { perSecond, type Work } from '../work.ts';
import { readSigns } from '../writes.ts';

export const hotSign: Work = {
	name: 'hot-sign',
	title: 'Many writers of one sign',
	about: 'PATCH requests that all change the same sign at the same time.',
	needsSigns: true,
	metrics: {
		hotRate: { label: 'PATCH of one hot sign', unit: 'per s', better: 'more' },
		hotCpu: { label: 'CPU of such a PATCH', unit: 'ms', better: 'less' },
	},
	async run({ target, sizes, seconds, ids: [id] }) {
		const connections = await openConnections(target, sizes.hotWriters);
		const changes = new Changes();
		const read = async () => (await readSigns(connections, [id!])).get(id!)!;
		const before = await read();
		const meter = startMeter(target);
		const end = performance.now() + seconds * 1000;
		let count = 0;
		const writer = async (connection: (typeof connections)[0]) => {
			for (; performance.now() < end; count++)
				await connection.request('PATCH', `/Sign/${id}`, JSON.stringify({ message: messageOf(changes.begin()) }));
		};
		await Promise.all(connections.map(writer));
		const metered = meter();
		const grown = (await read()).revision - before.revision;
		closeAll(connections);
		if (target.countsRevisions && grown !== count)
			throw new Error(`lost: ${count} writes of one sign were acknowledged, and its revision grew by ${grown}`);
		const values = { hotRate: perSecond(count, metered), hotCpu: metered.cpu / count };
		return { values, isClientSaturated: metered.isClientSaturated };
	},
};
