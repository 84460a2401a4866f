/**
 * When the revision of a sign was made. A row does not have it: its `updatedAt` changes with the reports of its device, too.
 * Pure.
 */

/** @typedef {import('./signs.js').SignRow} SignRow */
/** What a query selects of a sign. @typedef {{ id: string, revision: number, changedAt?: string | null }} StoredSign */

/**
 * Adds `changedAt` to a row: by what the server stores, by the row before it, or because the revision was made just now.
 * Without any of these the page does not know the time, and the row stays as it is.
 * @param {SignRow} row that the page has received
 * @param {object} known
 * @param {SignRow} [known.before] the sign's row before this one
 * @param {StoredSign} [known.stored]
 * @param {boolean} known.isLive whether the row is newer than what the page knew when it had caught up
 * @returns {SignRow}
 */
export function withChangedAt(row, { before, stored, isLive }) {
	const changedAt = timeOf(row, before, stored, isLive);
	return changedAt ? { ...row, changedAt } : row;
}

/**
 * @param {SignRow} row
 * @param {SignRow | undefined} before
 * @param {StoredSign | undefined} stored
 * @param {boolean} isLive
 */
function timeOf(row, before, stored, isLive) {
	if (stored?.revision === row.revision) return stored.changedAt;
	if (before?.revision === row.revision) return before.changedAt;
	return isLive ? row.updatedAt : undefined;
}
