/** Replacements over REST, as fast as they go. */
import { closeAll, openConnections } from '../clients/spread.ts';
import { perSecond, type Work } from '../work.ts';
import { replaceAtFullSpeed } from '../writes.ts';

export const put: Work = {
	name: 'put',
	title: 'Replacements over REST',
	about:
		'Connections that each send the next PUT when the last one is answered, spread evenly over the threads of the server.',
	needsSigns: false,
	metrics: {
		putRate: { label: 'PUT', unit: 'per s', better: 'more' },
		putCpu: { label: 'CPU of a PUT', unit: 'ms', better: 'less' },
	},
	async run({ target, sizes, seconds, ids }) {
		const connections = await openConnections(target, sizes.connections);
		await replaceAtFullSpeed(target, ids, connections, seconds); // warm-up
		const { writes, isClientSaturated, ...metered } = await replaceAtFullSpeed(target, ids, connections, seconds);
		closeAll(connections);
		const values = { putRate: perSecond(writes, { ...metered, isClientSaturated }), putCpu: metered.cpu / writes };
		return { values, isClientSaturated };
	},
};
