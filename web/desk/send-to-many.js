/** Sends a change to many signs in requests that each name as many as a query may. Each request changes all or none. */
import { write } from '../requests.js';
import { inBatches, pathOf } from './sending.js';

/** @typedef {{ updated: number, accepted: Set<string>, words: string, isRefused: boolean }} Result `words`: why it ended early; empty when it did not */

/**
 * @param {string[]} ids
 * @param {object} change
 * @param {(count: number) => void} onProgress called with how many signs are done
 * @param {() => boolean} [isWanted] whether the next request is still to be sent
 * @returns {Promise<Result>}
 */
export async function sendToMany(ids, change, onProgress, isWanted = () => true) {
	const accepted = /** @type {Set<string>} */ (new Set());
	let updated = 0;
	for (const batch of inBatches(ids)) {
		if (!isWanted()) break;
		const { isOk, isRefused, answer } = await write('PATCH', pathOf(batch), change);
		if (!isOk) return { updated, accepted, words: String(answer), isRefused };
		updated += answer.updated;
		for (const id of batch) accepted.add(id);
		if (accepted.size < ids.length) onProgress(accepted.size);
	}
	return { updated, accepted, words: '', isRefused: false };
}
