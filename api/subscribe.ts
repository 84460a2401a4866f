/**
 * Opens the streams of events for every protocol: from which table, for which account. Disconnects subscribers that
 * read nothing.
 */
import type { Context, IterableEventQueue } from 'harperdb';
import { mayRead, mayReadRejection } from '../sign/access.ts';
import { closeConnection, onDisconnect } from '../harper-fixes/connection.ts';
import { readerOf } from '../harper-fixes/mqtt/no-local.ts';
import type { RawEvents } from '../harper-fixes/raw-events.ts';
import { watchClient } from '../harper-fixes/vanished-clients.ts';
import { withAllFields } from '../sign/fields.ts';
import { Changes } from './changes.ts';
import { currentUser, type User } from './current-user.ts';
import type { Target } from './request.ts';
import type { Selection } from './selection.ts';
import { Stream, type Options } from './stream.ts';

/** The contract promises a heartbeat at least every 30 s. */
const HEARTBEAT_MS = 15_000;
/** A subscriber that has read nothing for this long is disconnected; a live client reconnects. */
const MAX_UNREAD_MS = 120_000;

/** The sources of events: the changes of a table, and the rule that says who may read a row, or all rows. */
export const signs = {
	changes: new Changes('Sign', withAllFields),
	mayRead,
	/** Whether a durable session that is resumed gets an event when its row does not exist. */
	publishesAbsence: true,
};
export const rejections = {
	changes: new Changes('Rejection', (row) => ({ ...row })),
	mayRead: mayReadRejection,
	publishesAbsence: false,
};
type Source = typeof signs | typeof rejections;

/** The open streams of this thread, with the connection of each. */
const openStreams = new Map<Stream, Context>();

/** @param withCurrent whether to send the current value first */
async function openStream(source: Source, context: Context, options: Options, withCurrent = true): Promise<Stream> {
	const authorize = () => userThisTurn(context.user).then((user) => source.mayRead(user, options.id));
	const stream = new Stream(source.changes, authorize, options);
	openStreams.set(stream, context);
	stream.once('close', () => openStreams.delete(stream));
	stream.once('overrun', () => closeConnection(context));
	try {
		return await stream.start(withCurrent);
	} catch (cause) {
		stream.end();
		throw cause;
	}
}

/**
 * Opens the stream of an MQTT subscription. It sends the current value first, unless the client does not want it. If a
 * durable session is resumed, Harper sets a start time, and the stream sends the missed changes first.
 * @param subscribe Harper's own subscription, which reads the missed changes from the audit log
 */
export function openSubscription(
	source: Source,
	request: Target,
	context: Context,
	id: string | undefined,
	subscribe: (request: Target) => Promise<RawEvents>
): Promise<Stream> {
	const options = { id, reader: readerOf(context) };
	if (request.startTime === undefined) return openStream(source, context, options, !request.omitCurrent);
	return resumeStream(source, context, options, () => subscribe(Object.assign(request, { rawEvents: true })));
}

/** Opens the stream of a durable MQTT session that is resumed: the missed changes, then the changes from now on. */
async function resumeStream(
	source: Source,
	context: Context,
	options: Options,
	missed: () => Promise<RawEvents>
): Promise<Stream> {
	const stream = await openStream(source, context, options, false);
	if (options.id) stream.pushState(source.publishesAbsence);
	else {
		stream.pushMissed(await missed()).catch((cause: unknown) => {
			logger.error?.('What a durable session missed could not be read; its client is disconnected', cause);
			closeConnection(context);
		});
	}
	return stream;
}

/**
 * Opens a stream for Server-Sent Events (`incoming` is null) or for a WebSocket. It ends when the WebSocket closes.
 * @param select reads the query of a stream of every row, if it has one
 * @throws {Refusal} 400 for a query that a stream cannot have
 */
export async function openConnectedStream(
	source: Source,
	incoming: IterableEventQueue | null,
	context: Context,
	id?: string,
	select?: () => Promise<Selection>
) {
	let isClosed = false;
	incoming?.on('close', () => (isClosed = true));
	const stream = await openStream(source, context, { id, selection: await select?.() });
	if (!incoming) return closedWhenGone(withHeartbeat(stream), context);
	if (isClosed) stream.end();
	else incoming.on('close', () => stream.end());
	return stream;
}

/** Harper does not notice a client that disconnects before the stream is open, nor one whose machine has vanished. */
function closedWhenGone(stream: Stream, context: Context): Stream {
	const unwatch = watchClient(context, () => {
		logger.info?.('A client of Server-Sent Events has vanished: its connection is ended');
		closeConnection(context);
		stream.end();
	});
	stream.once('close', unwatch);
	const unlisten = onDisconnect(context, () => stream.abandon());
	stream.once('close', unlisten);
	return stream;
}

/** Sends heartbeats, the first one at once: then a page knows that it is connected. */
function withHeartbeat(stream: Stream): Stream {
	stream.sendHeartbeat();
	const timer = setInterval(() => stream.sendHeartbeat(), HEARTBEAT_MS);
	stream.once('close', () => clearInterval(timer));
	return stream;
}

/** The accounts that were looked up in this turn of the event loop. */
const usersThisTurn = new Map<string, ReturnType<typeof currentUser>>();

/** Looks up an account. An event goes to many subscribers at once: each account is looked up once. */
function userThisTurn(user: User): ReturnType<typeof currentUser> {
	const name = user?.username ?? '';
	const cached = usersThisTurn.get(name);
	if (cached) return cached;
	if (!usersThisTurn.size) setImmediate(() => usersThisTurn.clear());
	const current = currentUser(user);
	usersThisTurn.set(name, current);
	return current;
}

/** Call it once for each thread. */
export function closeSlowStreams(): void {
	setInterval(() => {
		const now = performance.now();
		const slow = [...openStreams].filter(
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
