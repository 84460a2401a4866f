/**
 * Refuses guesses over HTTP, before Harper looks at them: it would write a line in the log for each. Used by slow-guesses.ts,
 * and to be deleted with it. It asks of Harper that `runFirst` comes before its own look at the Authorization header.
 */
import { LINGER } from './bounds.ts';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { server } from 'harperdb';
import { loginOf, type Login } from '../login.ts';
import { holdRefusal, isBusy, refuseGuess, TooManyLogins } from '../logins.ts';

/** Of a TCP or TLS socket. */
interface Socket {
	remoteAddress?: string | undefined;
	destroyed: boolean;
}

/** Of an HTTP request of Harper's, also of the one that opened a WebSocket. */
interface Request {
	headers: { asObject: Record<string, string | undefined> };
	_nodeRequest?: Origin;
}
/** What Node has of it. */
interface Origin {
	socket: Socket;
}
interface Response {
	status: number;
	headers: Record<string, string>;
	body: string;
}
type User = unknown;
/** Harper's `getUser`. */
export type Check = (username: string, password?: string | null, request?: Request | null) => Promise<User>;
type Next<T> = (request: T, ...rest: unknown[]) => unknown;
interface Credentials {
	username: string;
	password: string;
}

/** Of Harper's server, what its types have otherwise. */
interface Server {
	http(listener: (request: Request, next: Next<Request>) => unknown, options: { runFirst: boolean }): void;
	upgrade(
		listener: (request: IncomingMessage, socket: Duplex, head: Buffer, next: Next<IncomingMessage>) => unknown,
		options: { runFirst: boolean }
	): void;
}

/** The logins that were checked before Harper asks for them. */
const checked = new WeakMap<Origin, Credentials & { user: Promise<User> }>();

export function checkedBefore(request: Request | null | undefined, { username, password }: Credentials) {
	const before = request?._nodeRequest && checked.get(request._nodeRequest);
	// over a WebSocket MQTT has logins of its own
	return before?.username === username && before.password === password ? before.user : undefined;
}

/** To be called once for each thread. */
export function refuseOverHttp(check: Check): void {
	const harper = server as unknown as Server;
	const listener = (request: Request, next: Next<Request>) => {
		const decision = decide(request._nodeRequest, request.headers.asObject.authorization, check);
		return decision ? decision.then(() => next(request), answer) : next(request);
	};
	const upgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer, next: Next<IncomingMessage>) => {
		const decision = decide(request, request.headers.authorization, check);
		if (!decision) return next(request, socket, head);
		socket.on('error', () => {}); // Node listens to it no more, and Harper not yet
		return decision.then(
			() => next(request, socket, head),
			async (cause) => {
				socket.end(written(await answer(cause)));
				setTimeout(() => socket.destroy(), LINGER).unref(); // it may never end from the other side
			}
		);
	};
	harper.http(listener, { runFirst: true });
	harper.upgrade(upgradeListener, { runFirst: true });
}

/**
 * Rejects when the login is not to be checked. undefined: there is nothing to do. So it is without an Authorization (a
 * session's cookie, nobody), and while nobody guesses.
 */
function decide(
	origin: Origin | undefined,
	authorization: string | undefined,
	check: Check
): Promise<void> | undefined {
	if (authorization === undefined || !origin || !isBusy() || checked.has(origin)) return undefined;
	const credentials = credentialsOf(authorization);
	const login = credentials && loginOf(origin.socket, credentials);
	return login && checkFirst(origin, login, credentials, check);
}

async function checkFirst(origin: Origin, login: Login, { username, password }: Credentials, check: Check) {
	// what is known Harper has checked, and mostly has in mind
	if (refuseGuess(login).is === 'known') return;
	const request = { headers: { asObject: {} }, _nodeRequest: origin };
	const user = check(username, password, request);
	checked.set(origin, { username, password, user });
	await user.catch((cause) => {
		if (cause instanceof TooManyLogins) throw cause; // any other is Harper's to answer
	});
}

async function answer(cause: unknown): Promise<Response> {
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
function written({ headers, body }: Response): string {
	const all = Object.entries({ ...headers, 'Content-Length': body.length });
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
