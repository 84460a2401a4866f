/** The page's requests to its server, and what a refusal says. Keeps nothing. */

/** Tells the server that a page asks, which has a login form of its own (prompt.ts): no window of the browser's. */
const HEADERS = { 'X-Requested-With': 'page' };
/** In ms. A network that has vanished does not answer. */
const TIMEOUT = 10_000;

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [unwanted] aborts when the answer is not wanted any more
 * @returns {Promise<{ status: number, isOk: boolean, answer: any }>} `answer`: what the body holds; a refusal's words
 * @throws when the server does not answer
 */
export async function ask(method, path, body, unwanted) {
	const response = await fetch(path, {
		method,
		headers: body ? { ...HEADERS, 'Content-Type': 'application/json' } : HEADERS,
		body: body ? JSON.stringify(body) : null,
		signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(unwanted ? [unwanted] : [])]),
	});
	const text = await response.text();
	const answer = response.ok ? text && JSON.parse(text) : words(text);
	return { status: response.status, isOk: response.ok, answer };
}

/**
 * A write that a person waits for: no answer is a refusal too, and after a 401 the page is signed out.
 * @param {import('./connection.js').Connection} connection
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<{ isOk: boolean, answer: any }>}
 */
export async function write(connection, method, path, body) {
	const { status, isOk, answer } = await ask(method, path, body).catch(() => ({
		status: 0,
		isOk: false,
		answer: 'Not sent: the server does not answer',
	}));
	if (status === 401) connection.signedOut();
	return { isOk, answer };
}

/** A refusal without the name of the error: `"Refusal: id must be …"` is `id must be …`. @param {string} text */
function words(text) {
	try {
		text = String(JSON.parse(text));
	} catch {
		// not the application's: something between, a proxy
	}
	return text.replace(/^\w+: /, '').slice(0, 500);
}

/**
 * What a refusal says of each field: it names them, `brightness must be …; color must be …`.
 * @param {string} refusal
 * @param {string[]} fields that can be named
 * @returns {Record<string, string>} by field; what names none of them under ''
 */
export function byField(refusal, fields) {
	/** @type {Record<string, string>} */
	const said = {};
	for (const part of refusal.split(new RegExp(`; (?=(?:${fields.join('|')}) )`))) {
		const field = fields.find((name) => part.startsWith(`${name} `)) ?? '';
		said[field] = said[field] ? `${said[field]}; ${part}` : part;
	}
	return said;
}
