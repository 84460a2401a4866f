/**
 * Opens the streams of events: which table, who may read them, and what ends one that nobody reads. Each protocol's
 * subscription arrives here.
 */
import type { Context, IterableEventQueue } from 'harperdb';
import { mayRead, mayReadRejection } from '../sign/access.ts';
import { closeConnection } from '../harper-fixes/connection.ts';
import { readerOf } from '../harper-fixes/mqtt/no-local.ts';
import type { Reader } from '../harper-fixes/mqtt/reader.ts';
import type { RawEvents } from '../harper-fixes/raw-events.ts';
import { withAllFields } from '../sign/fields.ts';
import { Changes } from './changes.ts';
import { currentUser, type User } from './current-user.ts';
import type { Target } from './request.ts';
import { Stream } from './stream.ts';

/** In ms. The contract promises at least one in 30 s. */
const HEARTBEAT_MS = 15_000;
/** In ms. Who has taken nothing of what is pending for so long is disconnected, and connects again if it still lives. */
const MAX_UNREAD_MS = 120_000;

/** What can be subscribed to: a table's rows as readers get them, and who may read one, or all. */
export const signs = {
	changes: new Changes('Sign', withAllFields),
	mayRead,
	/** A durable session that comes back is told that its sign is not there. */
	publishesAbsence: true,
};
export const rejections = {
	changes: new Changes('Rejection', (row) => ({ ...row })),
	mayRead: mayReadRejection,
	publishesAbsence: false,
};
type Source = typeof signs | typeof rejections;

/** The open streams of this thread, and the connection of each. */
const open = new Map<Stream, Context>();

/**
 * A stream of one row, or without `id` of every row.
 * @param first whether the current value comes first
 */
async function openStream(
	source: Source,
	context: Context,
	id?: string,
	first = true,
	reader?: Reader
): Promise<Stream> {
	const authorize = async () => source.mayRead(await userThisTurn(context.user), id);
	const stream = new Stream(source.changes, authorize, id, reader);
	open.set(stream, context);
	stream.once('close', () => open.delete(stream));
	stream.once('overrun', () => closeConnection(context));
	try {
		return await stream.start(first);
	} catch (cause) {
		stream.end();
		throw cause;
	}
}

/**
 * An MQTT subscription: the current value first, unless the client asked for none. Harper gives a start time to a durable
 * session that comes back: it gets what it missed.
 * @param subscribe Harper's own subscription, which reads what was missed from the audit log
 */
export function openSubscription(
	source: Source,
	request: Target,
	context: Context,
	id: string | undefined,
	subscribe: (request: Target) => Promise<RawEvents>
): Promise<Stream> {
	const reader = readerOf(context);
	if (request.startTime === undefined) return openStream(source, context, id, !request.omitCurrent, reader);
	return resumeStream(source, context, id, reader, () => subscribe(Object.assign(request, { rawEvents: true })));
}

/** The stream of a durable MQTT session that comes back: what it missed, and what changes from now on. */
async function resumeStream(
	source: Source,
	context: Context,
	id: string | undefined,
	reader: Reader,
	missed: () => Promise<RawEvents>
): Promise<Stream> {
	const stream = await openStream(source, context, id, false, reader);
	if (id) stream.pushState(source.publishesAbsence);
	else {
		stream.pushMissed(await missed()).catch((cause: unknown) => {
			logger.error?.('What a durable session missed could not be read; its client is disconnected', cause);
			closeConnection(context);
		});
	}
	return stream;
}

/** A stream for Server-Sent Events (`incoming` is null) or for a WebSocket, which ends with what it sends. */
export async function openConnectedStream(
	source: Source,
	incoming: IterableEventQueue | null,
	context: Context,
	id?: string
) {
	let isClosed = false;
	incoming?.on('close', () => (isClosed = true));
	const stream = await openStream(source, context, id);
	if (!incoming) return withHeartbeat(stream);
	if (isClosed) stream.end();
	else incoming.on('close', () => stream.end());
	return stream;
}

/** Sends a heartbeat from the start, so that a page knows at once that it is connected. */
function withHeartbeat(stream: Stream): Stream {
	stream.sendHeartbeat();
	const timer = setInterval(() => stream.sendHeartbeat(), HEARTBEAT_MS);
	stream.once('close', () => clearInterval(timer));
	return stream;
}

/** Accounts that were asked for in this turn of the event loop. */
const users = new Map<string, ReturnType<typeof currentUser>>();

/** An event goes to many subscribers at once: each account is asked for once. */
function userThisTurn(user: User): ReturnType<typeof currentUser> {
	const name = user?.username ?? '';
	const known = users.get(name);
	if (known) return known;
	if (!users.size) setImmediate(() => users.clear());
	const asked = currentUser(user);
	users.set(name, asked);
	return asked;
}

/** To be called once for each thread. */
export function closeSlowStreams(): void {
	setInterval(() => {
		const now = performance.now();
		const slow = [...open].filter(
			([{ waitingSince }]) => waitingSince !== undefined && now - waitingSince > MAX_UNREAD_MS
		);
		if (slow.length)
			logger.warn?.(`${slow.length} subscribers took nothing for ${MAX_UNREAD_MS / 1000} s: disconnected`);
		for (const [stream, context] of slow) {
			closeConnection(context);
			stream.end();
		}
	}, MAX_UNREAD_MS / 8).unref();
}
