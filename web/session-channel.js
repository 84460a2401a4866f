/** Reports a change of the browser's session to every page and worker of this origin: they have the same cookie. */

const NAME = 'session';
/** @typedef {'changed' | 'ended'} Change `ended`: by a logout, or because the server no longer accepts the session */

/** @param {Change} change */
export function reportSession(change) {
	const channel = new BroadcastChannel(NAME);
	channel.postMessage(change);
	channel.close();
}

/**
 * @param {(change: Change) => void} listener called after each report, also after one of this page
 * @returns {() => void} ends the calls
 */
export function onSession(listener) {
	const channel = new BroadcastChannel(NAME);
	channel.onmessage = ({ data }) => listener(data);
	return () => channel.close();
}
