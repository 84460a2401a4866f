/**
 * Logging in from a browser: `Session` gives a cookie that Harper itself understands.
 *
 * Harper's own `context.login` keeps the session id that the request came with, so that an id which someone planted in
 * a browser would get the rights of whoever logs in there. Here every login makes a new one.
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

/** In s. */
const LIFETIME_S = 30 * 24 * 60 * 60;

/** The length is bounded because a password is hashed, which takes its time. */
const RULE = 'payload must be {"username": "…", "password": "…"}, of at most 256 characters each';
const Credentials = z.strictObject({
	username: z.string(RULE).min(1).max(256),
	password: z.string(RULE).min(1).max(256),
});

/** What an HTTP request of Harper's is beside a Context. */
interface HttpContext extends Context {
	protocol: string;
	headers: Headers;
	responseHeaders: { set(name: string, value: string): void };
}

/** Harper keeps its sessions in a system table, and looks there for what the cookie names. */
const sessions = () => databases.system!.hdb_session!;

export class Session extends StaticResource {
	/** Who the caller is; open to everyone. */
	static async get(_target: Target, { user }: Context) {
		// Of an account that was removed Harper knows the name in its session, and no role.
		return user?.role ? whois(user) : { user: null, role: null };
	}

	/** @throws {Refusal} 400 for a wrong payload, 401 for wrong credentials, whether or not the account exists, 429 for a guess */
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
			return whois(user);
		});
	}

	static async delete(_target: Target, context: HttpContext): Promise<void> {
		await endSession(context);
		context.responseHeaders.set('Set-Cookie', cookie(context, '', 0));
	}
}

const whois = ({ username, role }: NonNullable<Context['user']>) => ({ user: username, role: role?.role ?? null });

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

/** Harper finds it by a name that begins with the page's origin, or else the host; SameSite keeps other sites out. */
function cookie({ headers, protocol }: HttpContext, value: string, life: number): string {
	const { origin, host } = headers.asObject;
	const site = (origin || host || '').replace(/^https?:\/\//, '').replace(/\W/, '_');
	const secure = protocol === 'https' ? '; Secure' : '';
	return `${site}-hdb-session=${value}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Strict${secure}`;
}
