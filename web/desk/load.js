/** Loads the desk: its script, its styles and its elements. Only accounts that may write need them. */
import { loadStyle } from '../dom.js';
import { loadParts } from '../load-parts.js';
import { canUseDesk } from '../session.js';

const STYLES = ['desk.css', 'fields.css', 'dialogs.css'];

/**
 * @param {import('../connection.js').State} state of the connection
 * @returns {Promise<typeof import('./desk.js').Desk | undefined>} undefined: the account may not write
 * @throws when the server does not answer; it can be tried again
 */
export async function loadDesk({ account }) {
	if (!canUseDesk(account)) return undefined;
	const [{ Desk }] = await Promise.all([
		import('./desk.js'),
		...STYLES.map((name) => loadStyle(new URL(name, import.meta.url))),
	]);
	await loadParts(new URL('desk.html', import.meta.url));
	return Desk;
}
