/** The words that the page shows about a sign's device. Pure. */

/**
 * The words beside a sign. `presence`: whether its device is connected. `showing`: whether the device shows the newest
 * revision; empty when the page cannot know. Without a connection to the server the page knows neither.
 * @param {Pick<import('./signs.js').SignRow, 'online' | 'revision' | 'shownRevision'>} row
 * @param {Pick<import('./connection.js').State, 'status'> | undefined} state of the page's connection
 */
export function statusText({ online, revision, shownRevision }, state) {
	if (state?.status === 'Lost') return { presence: 'Not known', showing: '' };
	const isShown = revision === shownRevision;
	if (!online) return { presence: 'Offline', showing: isShown ? '' : 'Waiting for the sign' };
	return { presence: 'Online', showing: isShown ? 'Showing' : 'Waiting for the sign' };
}
