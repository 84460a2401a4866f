/**
 * Devices that publish at QoS 1 as fast as they are acknowledged. What counts is what the store has: a broker may
 * acknowledge much more than its database gets to store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { changeIn } from '../clients/changes.ts';
import { HttpConnection } from '../clients/http.ts';
import { closeAll, openMqttConnections } from '../clients/spread.ts';
import { Device } from '../device.ts';
import { startMeter } from '../meter.ts';
import { perSecond, type Bench, type Outcome, type Work } from '../work.ts';
import { readSigns } from '../writes.ts';

/** In ms: a GET of each device's sign at each poll must not be a load of its own. */
const POLL_INTERVAL = 200;

export const devices: Work = {
	name: 'devices',
	title: 'Devices over MQTT',
	about:
		'Each publishes at QoS 1 with several messages unacknowledged. What the store has counts, read when the load ends.',
	needsSigns: false,
	metrics: {
		stored: { label: 'MQTT QoS 1, stored', unit: 'per s', better: 'more' },
		acknowledged: { label: 'MQTT QoS 1, acknowledged', unit: 'per s', better: 'more' },
		storedCpu: { label: 'CPU of such a message', unit: 'ms', better: 'less' },
		behind: { label: 'the store is behind by', unit: 's', better: 'less' },
		signsBehind: { label: 'signs more than 1 s behind', unit: '', better: 'less' },
		catchUp: { label: 'until it has caught up', unit: 's', better: 'less' },
	},
	async run(bench) {
		const { target, sizes, seconds } = bench;
		const connection = await HttpConnection.open(target.url);
		const connections = await openMqttConnections(target, sizes.devices);
		const opened = connections.map((connection, n) => new Device(target, `device-${n}`, connection));
		const meter = startMeter(target);
		const end = performance.now() + seconds * 1000;
		const publishing = Promise.all(opened.map((device) => device.publishUntil(end, sizes.inFlight)));
		await sleep(seconds * 1000);
		const acknowledged = countAcknowledged(opened);
		const metered = meter();
		const values = { acknowledged: perSecond(acknowledged, metered) };
		const { isClientSaturated } = metered;
		const outcome: Outcome['values'] = target.hasSigns
			? await compareWithStore(bench, connection, opened, publishing)
			: {};
		await publishing;
		// with what it took to store the rest
		if (outcome.catchUp !== Infinity) outcome.storedCpu = meter().cpu / countAcknowledged(opened);
		closeAll([connection, ...opened]);
		return { values: { ...values, ...outcome }, isClientSaturated };
	},
};

const countAcknowledged = (opened: Device[]) => opened.reduce((sum, { acknowledged }) => sum + acknowledged, 0);

/** The figures of the store at the end of the load, and after it has caught up. */
async function compareWithStore(
	{ target, sizes, seconds }: Bench,
	connection: HttpConnection,
	opened: Device[],
	publishing: Promise<unknown>
): Promise<Outcome['values']> {
	const stop = startMeter(target);
	const atEnd = await read(connection, opened);
	const sinceEnd = stop().seconds;
	const stored = atEnd.reduce((sum, { grown }) => sum + grown, 0);
	const behind = opened.map((device, n) => device.secondsBehind(atEnd[n]!.change));
	const start = performance.now();
	await publishing;
	const hasCaughtUp = await untilCaughtUp({ connection, opened, timeout: sizes.drain * 1000 });
	const catchUp = (performance.now() - start) / 1000;
	if (hasCaughtUp) checkCounts(opened, await read(connection, opened));
	return {
		stored: stored / (seconds + sinceEnd),
		behind: Math.max(...behind),
		signsBehind: behind.filter((age) => age > 1).length,
		catchUp: hasCaughtUp ? catchUp : Infinity,
	};
}

interface Stored {
	/** The last change that is stored. */
	change: number;
	/** How many are stored. */
	grown: number;
}

async function read(connection: HttpConnection, opened: Device[]): Promise<Stored[]> {
	const rows = await readSigns(
		[connection],
		opened.map(({ id }) => id)
	);
	return opened.map((device) => {
		const row = rows.get(device.id);
		return { change: changeIn(row?.message ?? ''), grown: row?.revision ?? 0 };
	});
}

interface CatchUp {
	connection: HttpConnection;
	opened: Device[];
	timeout: number;
}

/** Waits until the store has the last change of each device. */
async function untilCaughtUp({ connection, opened, timeout }: CatchUp): Promise<boolean> {
	for (const end = performance.now() + timeout; ; await sleep(POLL_INTERVAL)) {
		const stored = await read(connection, opened);
		if (opened.every(({ last }, n) => stored[n]!.change === last)) return true;
		if (performance.now() > end) return false;
	}
}

function checkCounts(opened: Device[], stored: Stored[]): void {
	for (const [n, { id, acknowledged }] of opened.entries())
		if (stored[n]!.grown !== acknowledged)
			throw new Error(`lost: ${acknowledged} messages of ${id} were acknowledged, and ${stored[n]!.grown} stored`);
}
