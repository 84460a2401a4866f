/** Publishes commits that Harper does not publish itself, to the subscribers of each thread (see harper-fixes/clock.ts). */
import { BroadcastChannel } from 'node:worker_threads';
import { awaitClock } from '../harper-fixes/clock.ts';
import type { TableName } from '../harper-fixes/table.ts';
import { rejections, signs } from './subscribe.ts';

interface Announcement {
	table: TableName;
	ids: string[];
}

const threads = new BroadcastChannel('led-sign commits');
threads.unref();
threads.onmessage = ({ data }) => publish(data as Announcement);

/**
 * Commits a write to these rows, and publishes it if Harper will not: its subscribers get every commit, whatever the clock does.
 * To be called while the turn to write them is held.
 */
export async function commitInTime<T>(table: TableName, ids: string[], commit: () => Promise<T>): Promise<T> {
	const isMissed = await awaitClock();
	const result = await commit();
	if (isMissed) announce(table, ids);
	return result;
}

function announce(table: TableName, ids: string[]): void {
	const announcement = { table, ids };
	publish(announcement);
	threads.postMessage(announcement);
}

/** The subscriber reads the row: a removal is what has none. */
function publish({ table, ids }: Announcement): void {
	const { changes } = table === 'Sign' ? signs : rejections;
	for (const id of ids) changes.publish({ id, type: 'delete', localTime: Date.now(), version: Date.now() });
}
