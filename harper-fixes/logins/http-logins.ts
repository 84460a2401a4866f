/**
 * Refuses guesses over HTTP before Harper checks them, because Harper logs a line for each wrong login.
 * Depends on: `server.http` and `server.upgrade` with `runFirst`, which run before Harper reads the Authorization
 * header.
 * Part of slow-guesses.ts: delete them together.
 */
import type { IncomingMessage } from 'node:http';
import { LINGER_MS } from '../bounds.ts';
import {
	http2StreamOf,
	onHttp,
	onUpgrade,
	type CheckLogin,
	type HttpRequest,
	type HttpResponse,
	type User,
} from '../internals.ts';
import { clientAddressOf } from '../proxies/forwarded-for.ts';
import { loginOf, type Login } from './login.ts';
import { delayRefusal, isBusy, refuseIfBlocked, TooManyLogins } from './logins.ts';

interface Credentials {
	username: string;
	password: string;
}

/** The checks that this file started, before Harper starts its own. */
const checks = new WeakMap<IncomingMessage, Credentials & { user: Promise<User> }>();

/** @returns the result of the check of the same login that this file started; undefined when there is none */
export function earlierCheck(request: Parameters<CheckLogin>[2], { username, password }: Credentials) {
	const check = request?._nodeRequest && checks.get(request._nodeRequest);
	// an MQTT client over a WebSocket may log in with other credentials than the request that opened it
	return check?.username === username && check.password === password ? check.user : undefined;
}

/** Call it once for each thread. */
export function refuseGuessesOverHttp(checkLogin: CheckLogin): void {
	onHttp((request, next) => {
		const check = checkEarly(request._nodeRequest, request.headers.asObject.authorization, checkLogin);
		return check ? check.then(() => next(request), toResponseOn(request)) : next(request);
	});
	onUpgrade((request, socket, head, next) => {
		const check = checkEarly(request, request.headers.authorization, checkLogin);
		if (!check) return next(request, socket, head);
		// Node no longer listens to the socket, and Harper does not listen yet
		const destroy = () => socket.destroy();
		socket.on('error', () => {}).on('end', destroy);
		return check.then(
			() => {
				socket.off('end', destroy);
				return next(request, socket, head);
			},
			async (cause) => {
				socket.end(toHttpText(await toResponse(cause)));
				setTimeout(() => socket.destroy(), LINGER_MS).unref(); // the client may never close its side
			}
		);
	});
}

/**
 * Checks a login before Harper does.
 * @returns undefined when there is nothing to check: without an Authorization header (a session's cookie, or no login),
 * and while no login would have to wait
 * @throws {TooManyLogins} when the login must not be checked
 */
function checkEarly(
	origin: IncomingMessage | undefined,
	authorization: string | undefined,
	checkLogin: CheckLogin
): Promise<void> | undefined {
	if (authorization === undefined || !origin || !isBusy() || checks.has(origin)) return undefined;
	const credentials = credentialsOf(authorization);
	const login = credentials && loginOf(clientAddressOf(origin), credentials);
	return login && checkAndKeep(origin, login, credentials, checkLogin);
}

async function checkAndKeep(
	origin: IncomingMessage,
	login: Login,
	{ username, password }: Credentials,
	checkLogin: CheckLogin
) {
	// Harper has checked known credentials before, and mostly caches the result
	if (refuseIfBlocked(login).is === 'known') return;
	const request = { headers: { asObject: {} }, _nodeRequest: origin };
	const user = checkLogin(username, password, request);
	checks.set(origin, { username, password, user });
	await user.catch((cause) => {
		if (cause instanceof TooManyLogins) throw cause; // Harper answers any other error
	});
}

/** Each refused guess needs a new connection. Over HTTP/2 no header says that [RFC 9113, 8.2.2]. */
function toResponseOn(request: HttpRequest): (cause: unknown) => Promise<HttpResponse> {
	const stream = http2StreamOf(request);
	if (!stream) return toResponse;
	return async (cause) => {
		const { headers, ...response } = await toResponse(cause);
		stream.session?.close(); // after the answers to all its requests
		return {
			...response,
			headers: Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name !== 'Connection')),
		};
	};
}

async function toResponse(cause: unknown): Promise<HttpResponse> {
	if (!(cause instanceof TooManyLogins)) throw cause;
	await delayRefusal();
	const headers = {
		'Content-Type': 'application/json',
		'Retry-After': String(cause.retryAfter),
		'Connection': 'close',
	};
	return { status: 429, headers, body: JSON.stringify(`${cause.name}: ${cause.message}`) };
}

/** The bytes of a response, for a request to open a WebSocket that is refused. */
function toHttpText({ headers, body }: HttpResponse): string {
	const all = Object.entries({ ...headers, 'Content-Length': String(body).length });
	return `HTTP/1.1 429 Too Many Requests\r\n${all.map((header) => `${header.join(': ')}\r\n`).join('')}\r\n${body}`;
}

/** Reads an Authorization header as Harper does. */
function credentialsOf(authorization: string): Credentials | undefined {
	const [, token] = /^Basic (.*)$/.exec(authorization) ?? [];
	try {
		const [, username, password] = /^([^:]*):(.*)$/s.exec(atob(token ?? '')) ?? [];
		return username || password ? { username: username!, password: password! } : undefined;
	} catch {
		return undefined;
	}
}
