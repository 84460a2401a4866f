/** Publishes commits that Harper will not publish to the subscribers of every thread (see harper-fixes/clock.ts). */
import { BroadcastChannel } from 'node:worker_threads';
import { awaitClock } from '../harper-fixes/clock.ts';
import { rejections, signs } from './subscribe.ts';

interface Announcement {
	table: 'Sign' | 'Rejection';
	ids: string[];
}

const threads = new BroadcastChannel('led-sign commits');
threads.unref();
threads.onmessage = ({ data }) => publish(data as Announcement);

/**
 * Commits a write to these rows, and publishes it if Harper will not: subscribers get every commit, also after the
 * clock was set back. Call it while the locks of the rows are held.
 */
export async function commitAndAnnounce<T>(
	table: Announcement['table'],
	ids: string[],
	commit: () => Promise<T>
): Promise<T> {
	const isMissed = await awaitClock();
	const result = await commit();
	if (isMissed) announce(table, ids);
	return result;
}

function announce(table: Announcement['table'], ids: string[]): void {
	const announcement = { table, ids };
	publish(announcement);
	threads.postMessage(announcement);
}

/** A stream reads the row when it sends the event, and sends a removal only if there is no row. */
function publish({ table, ids }: Announcement): void {
	const { changes } = table === 'Sign' ? signs : rejections;
	for (const id of ids) changes.publish({ id, type: 'delete', localTime: Date.now(), version: Date.now() });
}
