/** What the page says of a sign: only what it knows. Pure. */

/**
 * What is known of a sign and its device now. A page that hears nothing knows nothing of now; a device that is offline
 * shows nobody knows what.
 * @param {Pick<import('./signs.js').SignRow, 'online' | 'revision' | 'shownRevision'>} row
 * @param {Pick<import('./connection.js').State, 'word'> | undefined} state
 */
export function conditions({ online, revision, shownRevision }, state) {
	if (state?.word === 'Lost') return { presence: 'Not known', showing: '' };
	const isShown = revision === shownRevision;
	if (!online) return { presence: 'Offline', showing: isShown ? '' : 'Waiting for the sign' };
	return { presence: 'Online', showing: isShown ? 'Showing' : 'Waiting for the sign' };
}
