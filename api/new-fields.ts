/** Stores a new field in all signs, once after the deployment that added it: an index finds only stored values. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFirstThread } from '../harper-fixes/first-thread.ts';
import { idsOfIncompleteSigns, isIndexing } from '../harper-fixes/missing-fields.ts';
import { storeMissingFields } from './write.ts';

/** After this time no thread of the previous version is left that could create a sign without the new field. */
const SECOND_PASS_MS = 60_000;

/** One of Harper's threads indexes a new field when it starts. That thread may end before it has finished. */
const MAX_INDEXING_MS = 30_000;

/** How many signs are written before other work can run. */
const SIGNS_PER_TURN = 100;

/**
 * Stores the missing fields of all signs, with their defaults. If a later version changes a default, it applies to new
 * signs only. Call it once for each thread; only the first thread of the node does the work.
 */
export function storeNewFields(): void {
	if (!isFirstThread()) return;
	const pass = () =>
		completeSigns().catch((cause) => logger.error?.('New fields could not be stored in all signs', cause));
	void pass();
	setTimeout(pass, SECOND_PASS_MS).unref();
}

async function completeSigns(): Promise<void> {
	// Harper first clears the index, and would remove entries that were written before.
	for (const end = Date.now() + MAX_INDEXING_MS; isIndexing() && Date.now() < end;) await sleep(100);
	const ids = await idsOfIncompleteSigns();
	while (ids.length) await Promise.all(ids.splice(0, SIGNS_PER_TURN).map(storeMissingFields));
}
