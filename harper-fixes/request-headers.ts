/**
 * Refuses or repairs headers that Harper cannot read, in requests and in those that open a WebSocket.
 *
 * Symptoms:
 * - Harper answers 500 to `X-Replicate-To: ,`, to a session's cookie that is longer than a key of the store, to each
 *   verb but GET of `/openapi`, and to a stray % in a path.
 * - Harper refuses `Content-Type: application/json;` with an internal error text, and throws at each message of such a
 *   WebSocket.
 * - Harper caches an invalid Authorization header for 30 s, whatever its length, from any client.
 *
 * Test: test/contract/request-headers.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper reads the login.
 * Delete each part when Harper answers it with a status below 500.
 */
import { onHttp, type HttpListener, type HttpRequest, type HttpResponse } from './internals.ts';
import { Refusal } from '../sign/refusal.ts';

/** Call it once for each thread. */
export function checkHeaders(): void {
	const listener: HttpListener = (request, next) => {
		try {
			checkRequest(request);
		} catch (error) {
			if (error instanceof Refusal) return toResponse(error);
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
	if (method !== 'GET' && url.startsWith('/openapi') && /^\/openapi(?:$|\?)/.test(url))
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

/** Harper's own tokens have about 1,000 characters. */
const MAX_AUTHORIZATION_LENGTH = 4096;
const AUTHORIZATION_RULE =
	`Authorization must be "Basic <base64 of name:password>" or "Bearer <token>", ` +
	`of at most ${MAX_AUTHORIZATION_LENGTH} characters`;

/** The error does not repeat what was received: it may be a secret. */
function checkAuthorization(authorization: string): void {
	if (authorization === lastReadable) return;
	const [, basic] = /^Basic +([\w+/-]+={0,2})$/.exec(authorization) ?? [];
	const isReadable = basic ? hasUsername(basic) : /^Bearer +[^\s]+$/.test(authorization);
	if (!isReadable || authorization.length > MAX_AUTHORIZATION_LENGTH) throw new Refusal(AUTHORIZATION_RULE, 401);
	lastReadable = authorization;
}

/** A client that sends many requests sends the same header with each. */
let lastReadable: string | undefined;

function hasUsername(base64: string): boolean {
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

/** The type in lower case [RFC 9110, 8.3.1], without the parameters that have no value. */
function readableType(type: string): string {
	const [name, ...parameters] = type.split(';');
	return [name!.trim().toLowerCase(), ...parameters.filter((part) => /^[^=]+=[^=]+$/.test(part))].join(';');
}

/** A session id that is longer than those of Harper, which are UUIDs. */
const LONG_SESSION = /hdb-session=[^;]{65}/;

const withoutLongSessions = (cookie: string) =>
	cookie
		.split(/;\s*/)
		.filter((part) => !LONG_SESSION.test(part))
		.join('; ');

/** Has the form of Harper's own error responses. */
function toResponse({ message, statusCode }: Refusal): HttpResponse {
	const headers = new globalThis.Headers({ 'Content-Type': 'application/json' });
	if (statusCode === 401) headers.set('WWW-Authenticate', 'Basic');
	if (statusCode === 405) headers.set('Allow', 'GET');
	return { status: statusCode, headers, body: JSON.stringify(`Refusal: ${message}`) };
}
