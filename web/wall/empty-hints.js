/** The hints that stand in place of the signs when there is none: how to make the first, or where a device's account finds its own. */
import { byId, loadStyle, query, setText } from '../dom.js';
import { loadParts } from '../load-parts.js';
import { isLoginOptional } from '../session.js';

/** @typedef {import('../connection.js').State} State */

/** @throws when the server does not answer; it can be tried again */
export async function loadHints() {
	await loadStyle(new URL('empty-hints.css', import.meta.url));
	await loadParts(new URL('empty-hints.html', import.meta.url), query(document, 'main', HTMLElement));
	return updateHints;
}

/** @param {State | undefined} state @param {boolean} isEmpty whether the server has no sign */
function updateHints(state, isEmpty) {
	byId('empty').hidden = !isEmpty;
	if (isEmpty) void showExample(state?.account.user ?? '');
	updateDeviceHint(state);
}

/** A device's account may read its own sign only: the page links to that. @param {State | undefined} state */
function updateDeviceHint(state) {
	const { user, role } = state?.account ?? {};
	const root = byId('device');
	root.hidden = state?.status !== 'Refused' || role !== 'sign_device';
	const link = query(root, 'a', HTMLAnchorElement);
	link.href = `/?sign=${encodeURIComponent(user ?? '')}`;
	setText(link, `/?sign=${user}`);
}

/** Shows a command that makes a first sign on this server. @param {string} user */
async function showExample(user) {
	const account = (await isLoginOptional().catch(() => false)) ? '' : `-u ${user} `;
	setText(
		query(byId('empty'), 'code', HTMLElement),
		`curl ${account}-X PUT --json '{"message":"Hello"}' ${location.origin}/Sign/lobby`
	);
}
