/**
 * Session takeover [MQTT-3.1.4-3]: a new connection ends the earlier connection with the same client id and account, in
 * MQTT 5 with the reason 0x8E. The latest connection stays, also when the two are on different threads of the server.
 *
 * Symptom: both connections stay open. Two devices publish for one sign, and each may delete the other's will.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: `connected`, and `disconnect` of the session that it emits.
 * Delete when Harper keeps one connection for each session. The nodes of a cluster do not share their sessions.
 */
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import { keepReceived, receivedBy, rememberReceived } from './exactly-once.ts';
import { REASON } from './packets.ts';
import { savedOf } from './session-record.ts';
import { expiryOf } from './sessions.ts';

/** How long a thread waits until another thread has ended a connection. The other thread may have died. */
const TAKEOVER_TIMEOUT_MS = 2_000;

/** When a connection took its session: [ns of the machine's monotonic clock, thread]. */
type StartTime = [number, number];

interface OwnSession {
	connection: Connection;
	startTime: StartTime;
}

/** The messages between the threads of the server. */
type SessionMessage =
	| { is: 'taken'; id: string; thread: number; startTime: StartTime; isClean: boolean }
	| { is: 'left'; id: string; thread: number; received: number[] }
	| { is: 'ended'; id: string; to: number; received: number[] }
	| { is: 'new thread'; thread: number };

/** The sessions whose connection is on this thread. */
const ownSessions = new Map<string, OwnSession>();
/** By session: the other thread that has its connection. */
const otherThreads = new Map<string, number>();
/** By session: called when another thread has ended its connection. */
const endListeners = new Map<string, () => void>();

const threads = new BroadcastChannel('mqtt sessions of the signs');
threads.unref();
const post = (message: SessionMessage) => threads.postMessage(message);

const isLater = (one: StartTime, other: StartTime) => one[0] > other[0] || (one[0] === other[0] && one[1] > other[1]);

type Listener = (id: string, isClean: boolean) => void;
const listeners: Listener[] = [];
/** Calls `listener` when a session gets a connection, on any thread. `isClean`: the earlier session has ended. */
export const onTaken = (listener: Listener) => void listeners.push(listener);

/** Whether the session has a connection, on any thread. */
export const isConnected = (id: string) => ownSessions.has(id) || otherThreads.has(id);

/**
 * Makes this connection the only one of its session.
 * @returns whether the session had another connection
 */
export async function takeSession(connection: Connection, id: string): Promise<boolean> {
	const earlier = ownSessions.get(id);
	const startTime: StartTime = [Number(process.hrtime.bigint()), threadId];
	const isClean = Boolean(connection.connect!.clean);
	ownSessions.set(id, { connection, startTime });
	const otherThread = otherThreads.get(id);
	const { promise: ended, resolve: done } = Promise.withResolvers<void>();
	if (otherThread !== undefined) endListeners.set(id, done);
	post({ is: 'taken', id, thread: threadId, startTime, isClean });
	for (const listener of listeners) listener(id, isClean);
	if (earlier) await end(earlier.connection, id, isClean);
	if (otherThread !== undefined) await Promise.race([ended, sleep(TAKEOVER_TIMEOUT_MS, undefined, { ref: false })]);
	// a later connection may have set its own
	if (endListeners.get(id) === done) endListeners.delete(id);
	if (otherThreads.get(id) === otherThread) otherThreads.delete(id);
	return Boolean(earlier) || otherThread !== undefined;
}

/** Call it when the connection of a session has ended. */
export function leaveSession(connection: Connection, id: string): void {
	if (ownSessions.get(id)?.connection !== connection) return;
	ownSessions.delete(id);
	const isKept = expiryOf(connection) > 0;
	if (isKept) keepReceived(connection, id);
	post({ is: 'left', id, thread: threadId, received: isKept ? receivedBy(connection) : [] });
}

/** Ends a connection whose session is taken over. Resolves after its will is published, if it must be. */
async function end(connection: Connection, id: string, isClean: boolean): Promise<void> {
	connection.isTakenOver = true;
	connection.isTakenByClean = isClean;
	connection.end(REASON.takenOver);
	await connection.session?.disconnect(false);
	await savedOf(connection.session);
	keepReceived(connection, id);
}

/** Call it once for each thread. */
export function shareSessions(): void {
	threads.onmessage = ({ data }) => void handleMessage(data as SessionMessage);
	post({ is: 'new thread', thread: threadId });
}

async function handleMessage(message: SessionMessage): Promise<void> {
	if (message.is === 'new thread') {
		// the new thread has no connection that these messages could end
		for (const [id, { startTime }] of ownSessions)
			post({ is: 'taken', id, thread: threadId, startTime, isClean: false });
	} else if (message.is === 'ended') {
		if (message.to !== threadId) return;
		rememberReceived(message.id, message.received);
		endListeners.get(message.id)?.();
	} else if (message.is === 'left') {
		if (otherThreads.get(message.id) === message.thread) otherThreads.delete(message.id);
		rememberReceived(message.id, message.received);
		endListeners.get(message.id)?.();
	} else await handleTaken(message);
}

/** Another thread has a connection of the session. Ends the connection on this thread, unless that one is later. */
async function handleTaken({ id, thread, startTime, isClean }: SessionMessage & { is: 'taken' }): Promise<void> {
	const own = ownSessions.get(id);
	if (own && isLater(own.startTime, startTime)) return; // the other thread ends its connection
	otherThreads.set(id, thread);
	for (const listener of listeners) listener(id, isClean);
	if (!own) return;
	ownSessions.delete(id);
	await end(own.connection, id, isClean);
	post({ is: 'ended', id, to: thread, received: receivedBy(own.connection) });
}
