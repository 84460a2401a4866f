/** The page's HTTP requests to its server, and the text of a refusal. Stores nothing. */
import { reportSession } from './session-channel.js';

/**
 * Marks requests of the page, which has a login form of its own. Without it a 401 makes the browser open a login window
 * (harper-fixes/login-window.ts).
 */
const HEADERS = { 'X-Requested-With': 'page' };
/** In ms. When the network is gone, no answer and no error comes. */
const TIMEOUT = 10_000;

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [signal] cancels the request
 * @returns {Promise<{ status: number, isOk: boolean, answer: any }>} `answer`: the parsed body, or the text of a refusal
 * @throws when the server does not answer within 10 s
 */
export async function request(method, path, body, signal) {
	const response = await fetch(path, {
		method,
		headers: body ? { ...HEADERS, 'Content-Type': 'application/json' } : HEADERS,
		body: body ? JSON.stringify(body) : null,
		// otherwise the browser sends parallel requests for one path one after another
		cache: 'no-store',
		signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(signal ? [signal] : [])]),
	});
	const text = await response.text();
	const answer = response.ok ? text && JSON.parse(text) : refusalText(text);
	return { status: response.status, isOk: response.ok, answer };
}

/**
 * A write that a person waits for. It does not throw: a missing answer is reported like a refusal. A 401 signs
 * all pages of the browser out.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<{ isOk: boolean, isRefused: boolean, answer: any }>} `isRefused`: by a rule, so that the same write is refused again
 */
export async function write(method, path, body) {
	const { status, isOk, answer } = await request(method, path, body).catch(() => ({
		status: 0,
		isOk: false,
		answer: 'Not sent: the server does not answer',
	}));
	if (status === 401) reportSession('ended');
	const isRefused = status >= 400 && status < 500 && status !== 401;
	return { isOk, isRefused, answer };
}

/** A refusal without the name of its error class: `"Refusal: id must be …"` becomes `id must be …`. @param {string} body */
function refusalText(body) {
	let text = body;
	try {
		text = String(JSON.parse(body));
	} catch {
		// from a proxy, not from the application
	}
	return text.replace(/^\w+: /, '').slice(0, 500);
}

/**
 * Splits a refusal by the fields that it names: `brightness must be …; color must be …`.
 * @param {string} refusal
 * @param {string[]} fields that a refusal can name
 * @returns {Record<string, string>} the text for each field; under '' the text that names no field
 */
export function refusalsByField(refusal, fields) {
	/** @type {Record<string, string>} */
	const refusals = {};
	for (const text of refusal.split(new RegExp(`; (?=(?:${fields.join('|')}) )`))) {
		const field = fields.find((name) => text.startsWith(`${name} `)) ?? '';
		refusals[field] = refusals[field] ? `${refusals[field]}; ${text}` : text;
	}
	return refusals;
}
