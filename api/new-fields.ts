/** Stores a new field in all signs, once after the deployment that brought it: an index finds only what is stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { idsOfIncompleteSigns, isIndexing } from '../harper-fixes/missing-fields.ts';
import { storeMissingFields } from './write.ts';

/** In ms. After it no thread of the version before is left, which could make a sign without the new field. */
const SECOND_PASS_MS = 60_000;

/** In ms. One of Harper's threads indexes a new field when it starts; that thread could end before it has. */
const MAX_INDEXING_MS = 30_000;

/** How many signs are written before other work has its turn. */
const SIGNS_PER_TURN = 100;

/**
 * Stores the fields that signs lack, with their defaults. A default that changes again in a later version is then that of
 * new signs only. Call it once for each thread; the first thread of the node does it.
 */
export function storeNewFields(): void {
	if ((workerData?.workerIndex ?? 0) !== 0) return;
	const pass = () =>
		completeSigns().catch((cause) => logger.error?.('New fields could not be stored in all signs', cause));
	void pass();
	setTimeout(pass, SECOND_PASS_MS).unref();
}

async function completeSigns(): Promise<void> {
	// Harper begins by clearing the index, and would remove what is written to it before.
	for (const end = Date.now() + MAX_INDEXING_MS; isIndexing() && Date.now() < end;) await sleep(100);
	const ids = await idsOfIncompleteSigns();
	while (ids.length) await Promise.all(ids.splice(0, SIGNS_PER_TURN).map(storeMissingFields));
}
