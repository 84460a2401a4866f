/**
 * Keeps from Harper the headers that it cannot read, in requests and in those that open a WebSocket.
 *
 * Symptoms: `X-Replicate-To: ,` answers 500; so does a session's cookie that is longer than a key of the store, and each
 * verb but GET of `/openapi`, and a stray % in a path. `Content-Type: application/json;` is refused with a text of the inside, and throws at each
 * message of a WebSocket. An Authorization that names nobody is kept for 30 s, whatever its length, from anyone.
 * Test: test/contract/request-headers.test.ts. Asks Harper that `server.http(…, { runFirst: true })` comes before its login.
 * Delete the part that Harper answers with a status below 500.
 */
import { onHttp, type HttpListener, type HttpRequest, type HttpResponse } from './internals.ts';
import { Refusal } from '../sign/refusal.ts';

/** To be called once for each thread. */
export function readHeaders(): void {
	const listener: HttpListener = (request, next) => {
		try {
			checkRequest(request);
		} catch (error) {
			if (error instanceof Refusal) return answer(error);
			throw error;
		}
		return next(request);
	};
	onHttp(listener);
}

/** @throws {Refusal} 400, 401, 405 */
function checkRequest({ method, url, headers: { asObject: headers } }: HttpRequest): void {
	const { authorization, cookie, 'content-type': type, 'x-replicate-to': nodes } = headers;
	if (authorization !== undefined) checkAuthorization(authorization);
	if (nodes !== undefined) checkNodes(nodes);
	if (type !== undefined && type !== 'application/json') headers['content-type'] = readableType(type);
	if (cookie !== undefined && LONG_SESSION.test(cookie)) headers.cookie = withoutLongSessions(cookie);
	if (url.includes('%')) checkPath(url);
	if (method !== 'GET' && /^\/openapi(?:$|\?)/.test(url))
		throw new Refusal(`${method} is not allowed here: use GET`, 405);
}

function checkPath(url: string): void {
	const [path] = url.split('?', 1);
	try {
		decodeURIComponent(path!);
	} catch (cause) {
		const got = JSON.stringify(path!.slice(0, 60));
		throw new Refusal(`path must be percent-encoded UTF-8, got ${got}`, 400, { cause });
	}
}

/** In characters. Harper's own tokens have about 1,000. */
const MAX_AUTHORIZATION_LENGTH = 4096;
const AUTHORIZATION_RULE =
	`Authorization must be "Basic <base64 of name:password>" or "Bearer <token>", ` +
	`of at most ${MAX_AUTHORIZATION_LENGTH} characters`;

/** What was received is not repeated: it is a secret, or junk. */
function checkAuthorization(authorization: string): void {
	const [, basic] = /^Basic +([\w+/-]+={0,2})$/.exec(authorization) ?? [];
	const isReadable = basic ? namesSomeone(basic) : /^Bearer +[^\s]+$/.test(authorization);
	if (!isReadable || authorization.length > MAX_AUTHORIZATION_LENGTH) throw new Refusal(AUTHORIZATION_RULE, 401);
}

function namesSomeone(base64: string): boolean {
	try {
		return /^[^:]+:/.test(atob(base64));
	} catch {
		return false;
	}
}

function checkNodes(nodes: string): void {
	const isReadable = nodes.split(',').every((node) => /^\s*[^\s;=]+\s*(?:;\s*confirm=\d+\s*)?$/i.test(node));
	if (isReadable) return;
	const got = JSON.stringify(nodes.slice(0, 60));
	throw new Refusal(`X-Replicate-To must be a number or names of nodes, as in "2;confirm=1", got ${got}`);
}

/** A type is read in lower case [RFC 9110, 8.3.1]; of its parameters those that have a value. */
function readableType(type: string): string {
	const [name, ...parameters] = type.split(';');
	return [name!.trim().toLowerCase(), ...parameters.filter((each) => /^[^=]+=[^=]+$/.test(each))].join(';');
}

/** Harper's ids of sessions are UUIDs. */
const LONG_SESSION = /hdb-session=[^;]{65}/;

const withoutLongSessions = (cookie: string) =>
	cookie
		.split(/;\s*/)
		.filter((each) => !LONG_SESSION.test(each))
		.join('; ');

/** In the form of Harper's own answers to an error. */
function answer({ message, statusCode }: Refusal): HttpResponse {
	const headers = new globalThis.Headers({ 'Content-Type': 'application/json' });
	if (statusCode === 401) headers.set('WWW-Authenticate', 'Basic');
	if (statusCode === 405) headers.set('Allow', 'GET');
	return { status: statusCode, headers, body: JSON.stringify(`Refusal: ${message}`) };
}
