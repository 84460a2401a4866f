/** The account of the page's session cookie: who it is, login and logout. Does not store the password. */
import { request } from './requests.js';
import { reportSession } from './session-channel.js';

/** @typedef {{ user: string | null, role: string | null }} Account */

/**
 * @param {AbortSignal} [signal] cancels the request
 * @returns {Promise<Account>} `user` is null when nobody is logged in
 * @throws when the server does not answer, or answers with an error
 */
export async function fetchAccount(signal) {
	const { isOk, answer } = await request('GET', '/Session/', undefined, signal);
	if (!isOk) throw new Error(answer);
	return answer;
}

/** How many connections to one server a browser reuses over HTTP/1.1. */
const REUSED_CONNECTIONS = 6;

/**
 * `fetchAccount` for use after the network went silent. Then all connections that the browser would reuse can be dead
 * without the browser knowing, and it would try one after another. Requests on all of them at once get an answer from the
 * first that works; the others are cancelled.
 * @param {AbortSignal} signal cancels the requests
 * @returns {Promise<Account>}
 * @throws when the server does not answer, or answers with an error
 */
export async function fetchAccountInParallel(signal) {
	const controller = new AbortController();
	const either = AbortSignal.any([signal, controller.signal]);
	try {
		return await Promise.any(Array.from({ length: REUSED_CONNECTIONS }, () => fetchAccount(either)));
	} finally {
		controller.abort();
	}
}

/**
 * Whether the server accepts requests from this machine without a login, as with `npm start`. Then nobody can sign out.
 * @returns {Promise<boolean>}
 */
export async function isLoginOptional() {
	const response = await fetch('/Session/', { credentials: 'omit' });
	return response.ok && (await response.json()).user !== null;
}

/**
 * Logs in, and reports it to all pages of the browser.
 * @param {string} username
 * @param {string} password
 * @returns {Promise<string>} why the server refuses; empty after a login
 * @throws when the server does not answer
 */
export async function login(username, password) {
	const { isOk, status, answer } = await request('POST', '/Session', { username, password });
	if (isOk) reportSession('changed');
	return isOk ? '' : answer || `the server answers ${status}: try again`;
}

/** Logs out, and reports it to all pages of the browser. Without an answer the account stays logged in: they find out. */
export async function logout() {
	const { isOk } = await request('DELETE', '/Session').catch(() => ({ isOk: false }));
	reportSession(isOk ? 'ended' : 'changed');
}

/** Roles that never change a sign from the page. The server refuses any other account that lacks the permission. */
const READ_ONLY_ROLES = ['sign_viewer', 'sign_device'];

/** Whether the page offers the desk to the account. @param {Account} account */
export const canUseDesk = ({ user, role }) => user !== null && role !== null && !READ_ONLY_ROLES.includes(role);
