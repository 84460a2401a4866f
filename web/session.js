/** Who the page is to the server: the account of its cookie. Knows no password longer than a login takes. */
import { ask } from './requests.js';

/** @typedef {{ user: string | null, role: string | null }} Account */

/**
 * @param {AbortSignal} [unwanted] aborts when the answer is not wanted any more
 * @returns {Promise<Account>}
 * @throws when the server does not answer, or fails
 */
export async function whoami(unwanted) {
	const { isOk, answer } = await ask('GET', '/Session/', undefined, unwanted);
	if (!isOk) throw new Error(answer);
	return answer;
}

/** How many connections a browser keeps to a server over HTTP/1.1. */
const KEPT = 6;

/**
 * The same after a network has vanished: all connections that the browser keeps may be dead without its knowing, and it
 * would try one after the other. Asked on all at once, one that is alive answers; those that do not are given up.
 * @returns {Promise<Account>}
 * @throws when the server does not answer, or fails
 */
export async function whoamiNow() {
	const rest = new AbortController();
	try {
		return await Promise.any(Array.from({ length: KEPT }, () => whoami(rest.signal)));
	} finally {
		rest.abort();
	}
}

/**
 * Whether the server takes everything from this machine for someone, as `npm start` does: nobody can sign out there.
 * @returns {Promise<boolean>}
 */
export async function isTrusted() {
	const response = await fetch('/Session/', { credentials: 'omit' });
	return response.ok && (await response.json()).user !== null;
}

/**
 * @param {string} username
 * @param {string} password
 * @returns {Promise<string>} why not; empty when logged in
 */
export async function login(username, password) {
	const { isOk, status, answer } = await ask('POST', '/Session', { username, password });
	return isOk ? '' : answer || `the server answers ${status}: try again`;
}

/** @throws when the server does not answer, or fails */
export async function logout() {
	const { isOk, answer } = await ask('DELETE', '/Session');
	if (!isOk) throw new Error(answer);
}

/** Roles that write no sign, or only their own by their device; the server refuses whoever else may not. */
const READERS = ['sign_viewer', 'sign_device'];

/** Whether the desk is of use to the account. @param {Account} account */
export const hasDesk = ({ user, role }) => user !== null && role !== null && !READERS.includes(role);
