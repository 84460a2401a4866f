/**
 * Logging in from a browser: `Session` sets a cookie that Harper itself understands.
 *
 * Harper's own `context.login` reuses the session id of the request. An attacker who has planted an id in a browser
 * would get the rights of the account that logs in there. Here every login creates a new id.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { databases, type Context } from 'harperdb';
import { z } from 'zod';
import { requireAnswerable } from '../harper-fixes/answer-types.ts';
import { logFailedLogin } from '../harper-fixes/logins/failed-login-log.ts';
import { delayRefusal, TooManyLogins } from '../harper-fixes/logins/logins.ts';
import { foreignOrigin, isOwnOrigin } from '../harper-fixes/own-origin.ts';
import { checkPassword, StaticResource, type Headers } from '../harper-fixes/internals.ts';
import { ignoreBody } from '../harper-fixes/unread-bodies.ts';
import { Refusal } from '../sign/refusal.ts';
import { refuseQuery } from './query-checks.ts';
import { withBody, type Target } from './request.ts';
import { requireSpace } from './space.ts';

/** How long a login is valid. */
const LIFETIME_S = 30 * 24 * 60 * 60;

/** The length is limited because hashing a long password takes time. */
const RULE = 'payload must be {"username": "…", "password": "…"}, of at most 256 characters each';
const Credentials = z.strictObject({
	username: z.string(RULE).min(1).max(256),
	password: z.string(RULE).min(1).max(256),
});

/** The members of Harper's HTTP requests that Context lacks. */
interface HttpContext extends Context {
	protocol: string;
	_nodeRequest: IncomingMessage;
	headers: Headers;
	responseHeaders: { set(name: string, value: string | string[]): void };
}

/** Harper's sessions: it looks up the id of the cookie in this table. */
const sessions = () => databases.system!.hdb_session!;

export class Session extends StaticResource {
	/** Returns the caller's account and role; null for both without a login. Open to everyone. */
	static async get({ search }: Target, context: Context) {
		refuseQuery(search);
		requireAnswerable(context);
		const { user } = context;
		// If the account was removed, Harper has its name from the session, but no role.
		return user?.role ? describe(user) : { user: null, role: null };
	}

	/**
	 * Logs in, with JSON or a form.
	 * @throws {Refusal} 400 for a wrong payload; 401 for wrong credentials, whether or not the account exists; 403 for
	 * a page of another origin; 429 after too many wrong logins; 507 without space
	 */
	static async post({ search }: Target, data: unknown, context: HttpContext) {
		if (!isOwnOrigin(context.headers)) {
			ignoreBody(data);
			throw new Refusal(`a page of another origin may not log in: ${foreignOrigin(context.headers)}`, 403);
		}
		return withBody(data, async (body) => {
			refuseQuery(search);
			const { success, data: credentials } = Credentials.safeParse(body);
			if (!success) throw new Refusal(RULE);
			const user = await authenticated(credentials, context);
			requireAnswerable(context);
			requireSpace();
			await endSession(context);
			const id = randomUUID();
			await sessions().put(id, { id, user: user.username }, { expiresAt: Date.now() + LIFETIME_S * 1000 } as Context);
			context.responseHeaders.set('Set-Cookie', cookies(context, id, LIFETIME_S));
			return describe(user);
		});
	}

	/** Logs out. */
	static async delete({ search }: Target, context: HttpContext): Promise<void> {
		refuseQuery(search);
		await endSession(context);
		context.responseHeaders.set('Set-Cookie', cookies(context, '', 0));
	}

	/** Called for a WebSocket: Harper's own method would open one that never says anything. */
	static async connect(): Promise<never> {
		throw new Refusal('a session has no events: use GET', 405);
	}
}

const describe = ({ username, role }: NonNullable<Context['user']>) => ({ user: username, role: role?.role ?? null });

async function authenticated({ username, password }: z.output<typeof Credentials>, context: HttpContext) {
	try {
		return await checkPassword(username, password, context);
	} catch (cause) {
		if (cause instanceof TooManyLogins) {
			context.responseHeaders.set('Retry-After', String(cause.retryAfter));
			await delayRefusal();
			throw new Refusal(cause.message, cause.statusCode, { cause });
		}
		logFailedLogin(username, context._nodeRequest);
		throw new Refusal('wrong username or password', 401, { cause });
	}
}

async function endSession({ session }: HttpContext): Promise<void> {
	if (session?.id) await sessions().delete(session.id, {} as Context);
}

/**
 * Harper finds the cookie by its name, which begins with the request's Origin, or with Host where there is no Origin, as
 * in a GET of a page. Behind a proxy that sends another Host these differ: there are two cookies then. A page of another
 * origin always sends Origin with a write, so that Harper finds none. SameSite excludes other sites.
 */
function cookies({ headers, protocol }: HttpContext, value: string, lifetime: number): string[] {
	const { origin, host } = headers.asObject;
	// the browser itself speaks https, also where a proxy ends TLS
	const secure = protocol === 'https' || origin?.startsWith('https:') ? '; Secure' : '';
	const names = new Set([origin || host || '', host || origin || ''].map(cookieName));
	const rest = `${value}; Path=/; Max-Age=${lifetime}; HttpOnly; SameSite=Strict${secure}`;
	return [...names].map((name) => `${name}=${rest}`);
}

/** Harper's own rule: only the first character that is not of a word is replaced. */
function cookieName(site: string): string {
	const prefix = site.replace(/^https?:\/\//, '').replace(/\W/, '_');
	return prefix ? `${prefix}-hdb-session` : 'hdb-session';
}
