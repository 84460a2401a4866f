/**
 * Refuses guesses over HTTP, before Harper looks at them: it would write a line in the log for each. Used by slow-guesses.ts,
 * and to be deleted with it. It asks of Harper that `runFirst` comes before its own look at the Authorization header.
 */
import type { IncomingMessage } from 'node:http';
import { LINGER } from '../bounds.ts';
import { onHttp, onUpgrade, type CheckLogin, type HttpResponse, type User } from '../internals.ts';
import { loginOf, type Login } from './login.ts';
import { holdRefusal, isBusy, refuseGuess, TooManyLogins } from './logins.ts';

interface Credentials {
	username: string;
	password: string;
}

/** The logins that were checked before Harper asks for them. */
const checked = new WeakMap<IncomingMessage, Credentials & { user: Promise<User> }>();

export function checkedBefore(request: Parameters<CheckLogin>[2], { username, password }: Credentials) {
	const before = request?._nodeRequest && checked.get(request._nodeRequest);
	// over a WebSocket MQTT has logins of its own
	return before?.username === username && before.password === password ? before.user : undefined;
}

/** To be called once for each thread. */
export function refuseOverHttp(check: CheckLogin): void {
	onHttp((request, next) => {
		const decision = decide(request._nodeRequest, request.headers.asObject.authorization, check);
		return decision ? decision.then(() => next(request), answer) : next(request);
	});
	onUpgrade((request, socket, head, next) => {
		const decision = decide(request, request.headers.authorization, check);
		if (!decision) return next(request, socket, head);
		// Node listens to it no more, and Harper not yet
		const leave = () => socket.destroy();
		socket.on('error', () => {}).on('end', leave);
		return decision.then(
			() => {
				socket.off('end', leave);
				return next(request, socket, head);
			},
			async (cause) => {
				socket.end(written(await answer(cause)));
				setTimeout(() => socket.destroy(), LINGER).unref(); // it may never end from the other side
			}
		);
	});
}

/**
 * Rejects when the login is not to be checked. undefined: there is nothing to do. So it is without an Authorization (a
 * session's cookie, nobody), and while nobody guesses.
 */
function decide(
	origin: IncomingMessage | undefined,
	authorization: string | undefined,
	check: CheckLogin
): Promise<void> | undefined {
	if (authorization === undefined || !origin || !isBusy() || checked.has(origin)) return undefined;
	const credentials = credentialsOf(authorization);
	const login = credentials && loginOf(origin.socket, credentials);
	return login && checkFirst(origin, login, credentials, check);
}

async function checkFirst(
	origin: IncomingMessage,
	login: Login,
	{ username, password }: Credentials,
	check: CheckLogin
) {
	// what is known Harper has checked, and mostly has in mind
	if (refuseGuess(login).is === 'known') return;
	const request = { headers: { asObject: {} }, _nodeRequest: origin };
	const user = check(username, password, request);
	checked.set(origin, { username, password, user });
	await user.catch((cause) => {
		if (cause instanceof TooManyLogins) throw cause; // any other is Harper's to answer
	});
}

async function answer(cause: unknown): Promise<HttpResponse> {
	if (!(cause instanceof TooManyLogins)) throw cause;
	await holdRefusal();
	const headers = {
		'Content-Type': 'application/json',
		'Retry-After': String(cause.retryAfter),
		'Connection': 'close', // a guesser is to make a new one for each
	};
	return { status: 429, headers, body: JSON.stringify(`${cause.name}: ${cause.message}`) };
}

/** For a WebSocket, which is refused before it is one. */
function written({ headers, body }: HttpResponse): string {
	const all = Object.entries({ ...headers, 'Content-Length': body!.length });
	return `HTTP/1.1 429 Too Many Requests\r\n${all.map((header) => `${header.join(': ')}\r\n`).join('')}\r\n${body}`;
}

/** As Harper reads them. */
function credentialsOf(authorization: string): Credentials | undefined {
	const [, token] = /^Basic (.*)$/.exec(authorization) ?? [];
	try {
		const [, username, password] = /^([^:]*):(.*)$/s.exec(atob(token ?? '')) ?? [];
		return username || password ? { username: username!, password: password! } : undefined;
	} catch {
		return undefined;
	}
}
