/**
 * What is written once after a deployment that brought a new field. Knows which signs lack it by completion.ts; writes by
 * merge.ts, like everyone.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { tables } from 'harperdb';
import { isStoredWhole } from './completion.ts';
import { completeSign } from './merge.ts';
import { store } from './store.ts';

/** In ms. By then no thread of the version before is left, which could make a sign without the new field. */
const ONCE_MORE = 60_000;

/** In ms. One of Harper's threads indexes a new field when it starts; it could end before it has. */
const LONGEST_INDEXING = 30_000;

/** How many signs are read, and written, before others have their turn. */
const AT_ONCE = 100;

/**
 * Stores the fields that signs lack, with their defaults: an index finds what is stored, and a default that changes again in
 * a later version is that of new signs. To be called once for each thread; one of the node does it.
 */
export function storeDefaults(): void {
	if ((workerData?.workerIndex ?? 0) !== 0) return;
	const pass = () =>
		completeSigns().catch((cause) => logger.error?.('New fields could not be stored in all signs', cause));
	void pass();
	setTimeout(pass, ONCE_MORE).unref();
}

async function completeSigns(): Promise<void> {
	// Harper begins by clearing the index, and would take away what is written to it before.
	for (const end = Date.now() + LONGEST_INDEXING; isIndexing() && Date.now() < end;) await sleep(100);
	const ids: string[] = [];
	let read = 0;
	for (const entry of store().getRange({ snapshot: false })) {
		if (!isStoredWhole(entry.key, entry)) ids.push(entry.key);
		if (++read % AT_ONCE === 0) await nextTurn();
	}
	while (ids.length) await Promise.all(ids.splice(0, AT_ONCE).map(completeSign));
}

/** Whether Harper, on any thread, has begun to index a field of signs and not ended yet. */
const isIndexing = () =>
	Object.keys(tables.Sign!.indices).some((field) => tables.Sign!.dbisDB.get(`Sign/${field}`)?.indexingPID);
