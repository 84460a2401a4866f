/**
 * Logging in from a browser: `Session` sets a cookie that Harper itself understands.
 *
 * Harper's own `context.login` reuses the session id of the request. An attacker who has planted an id in a browser
 * would get the rights of the account that logs in there. Here every login creates a new id.
 */
import { randomUUID } from 'node:crypto';
import { databases, type Context } from 'harperdb';
import { z } from 'zod';
import { delayRefusal, TooManyLogins } from '../harper-fixes/logins/logins.ts';
import { isOwnOrigin } from '../harper-fixes/foreign-sockets.ts';
import { checkPassword, StaticResource, type Headers } from '../harper-fixes/internals.ts';
import { ignoreBody } from '../harper-fixes/unread-bodies.ts';
import { Refusal } from '../sign/refusal.ts';
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
	headers: Headers;
	responseHeaders: { set(name: string, value: string): void };
}

/** Harper's sessions: it looks up the id of the cookie in this table. */
const sessions = () => databases.system!.hdb_session!;

export class Session extends StaticResource {
	/** Returns the caller's account and role; null for both without a login. Open to everyone. */
	static async get(_target: Target, { user }: Context) {
		// If the account was removed, Harper has its name from the session, but no role.
		return user?.role ? describe(user) : { user: null, role: null };
	}

	/**
	 * Logs in.
	 * @throws {Refusal} 400 for a wrong payload; 401 for wrong credentials, whether or not the account exists; 403 for
	 * a page of another origin; 429 after too many wrong logins; 507 without space
	 */
	static async post(_target: Target, data: unknown, context: HttpContext) {
		const { origin, host } = context.headers.asObject;
		if (!isOwnOrigin(origin, host)) {
			ignoreBody(data);
			throw new Refusal('a page of another origin may not log in', 403);
		}
		return withBody(data, async (body) => {
			const { success, data: credentials } = Credentials.safeParse(body);
			if (!success) throw new Refusal(RULE);
			const user = await authenticated(credentials, context);
			requireSpace();
			await endSession(context);
			const id = randomUUID();
			await sessions().put(id, { id, user: user.username }, { expiresAt: Date.now() + LIFETIME_S * 1000 } as Context);
			context.responseHeaders.set('Set-Cookie', cookie(context, id, LIFETIME_S));
			return describe(user);
		});
	}

	/** Logs out. */
	static async delete(_target: Target, context: HttpContext): Promise<void> {
		await endSession(context);
		context.responseHeaders.set('Set-Cookie', cookie(context, '', 0));
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
		throw new Refusal('wrong username or password', 401, { cause });
	}
}

async function endSession({ session }: HttpContext): Promise<void> {
	if (session?.id) await sessions().delete(session.id, {} as Context);
}

/**
 * Harper finds the cookie by its name, which begins with the page's origin, or with the host. SameSite excludes other
 * sites.
 */
function cookie({ headers, protocol }: HttpContext, value: string, lifetime: number): string {
	const { origin, host } = headers.asObject;
	const site = (origin || host || '').replace(/^https?:\/\//, '').replace(/\W/, '_');
	const secure = protocol === 'https' ? '; Secure' : '';
	return `${site}-hdb-session=${value}; Path=/; Max-Age=${lifetime}; HttpOnly; SameSite=Strict${secure}`;
}
