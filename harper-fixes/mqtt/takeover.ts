/**
 * [MQTT-3.1.4-3] A connection with the client id of another one, of the same account, ends that one: with the reason 0x8E in MQTT
 * 5. The one that began last stays, whichever threads of the server they belong to.
 *
 * Symptom: both stay; two devices answer for one sign, and their wills cross.
 * Test: test/contract/mqtt-conformance.test.ts. Asks Harper for `connected`, whose session it ends by `disconnect`.
 * Delete when Harper keeps one connection for each session. Nodes of a cluster do not know of each other's connections.
 */
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import { keepReceived, receivedBy, rememberReceived } from './exactly-once.ts';
import { REASON } from './packets.ts';
import { savedOf } from './session-record.ts';

/** How long a thread waits for another to end a connection, in ms. It may have died. */
const PATIENCE = 2_000;

/** When a connection took its session: [ms since 1970, thread]. */
type Since = [number, number];

interface Holder {
	connection: Connection;
	since: Since;
}

type News =
	| { is: 'taken'; id: string; thread: number; since: Since; isClean: boolean }
	| { is: 'left'; id: string; thread: number; received: number[] }
	| { is: 'ended'; id: string; to: number; received: number[] }
	| { is: 'new thread'; thread: number };

/** The sessions that are connected on this thread. */
const here = new Map<string, Holder>();
/** Those of other threads, and their thread. */
const elsewhere = new Map<string, number>();
/** By session: who waits until another thread has ended it. */
const waiting = new Map<string, () => void>();

const threads = new BroadcastChannel('mqtt sessions of the signs');
threads.unref();
const post = (news: News) => threads.postMessage(news);

const isLater = (one: Since, other: Since) => one[0] > other[0] || (one[0] === other[0] && one[1] > other[1]);

type Listener = (id: string, isClean: boolean) => void;
const listeners: Listener[] = [];
/** Calls `listener` when a session has a connection, on whichever thread: `isClean`, after the session before has ended. */
export const onTaken = (listener: Listener) => void listeners.push(listener);

export const isLive = (id: string) => here.has(id) || elsewhere.has(id);

/**
 * Makes this connection the only one of its session.
 * @returns whether there was another
 */
export async function take(connection: Connection, id: string): Promise<boolean> {
	const before = here.get(id);
	const since: Since = [performance.timeOrigin + performance.now(), threadId];
	const isClean = Boolean(connection.connect!.clean);
	here.set(id, { connection, since });
	const isElsewhere = elsewhere.has(id);
	const ended = isElsewhere && new Promise<void>((done) => waiting.set(id, done));
	post({ is: 'taken', id, thread: threadId, since, isClean });
	for (const listener of listeners) listener(id, isClean);
	if (before) await end(before.connection, id, isClean);
	if (ended) await Promise.race([ended, sleep(PATIENCE, undefined, { ref: false })]);
	waiting.delete(id);
	elsewhere.delete(id);
	return Boolean(before) || isElsewhere;
}

/** Its connection has ended. */
export function leave(connection: Connection, id: string): void {
	if (here.get(id)?.connection !== connection) return;
	here.delete(id);
	keepReceived(connection, id);
	post({ is: 'left', id, thread: threadId, received: receivedBy(connection) });
}

/** Resolves when its will is published, if it is to be. */
async function end(connection: Connection, id: string, isClean: boolean): Promise<void> {
	connection.isTakenOver = true;
	connection.isTakenByClean = isClean;
	connection.end(REASON.takenOver);
	await connection.session?.disconnect(false);
	await savedOf(connection.session);
	keepReceived(connection, id);
}

/** To be called once for each thread. */
export function shareSessions(): void {
	threads.onmessage = ({ data }) => void hear(data as News);
	post({ is: 'new thread', thread: threadId });
}

async function hear(news: News): Promise<void> {
	if (news.is === 'new thread') {
		// it asks nobody to end anything
		for (const [id, { since }] of here) post({ is: 'taken', id, thread: threadId, since, isClean: false });
	} else if (news.is === 'ended') {
		if (news.to !== threadId) return;
		rememberReceived(news.id, news.received);
		waiting.get(news.id)?.();
	} else if (news.is === 'left') {
		if (elsewhere.get(news.id) === news.thread) elsewhere.delete(news.id);
		rememberReceived(news.id, news.received);
	} else await hearTaken(news);
}

async function hearTaken({ id, thread, since, isClean }: News & { is: 'taken' }): Promise<void> {
	const own = here.get(id);
	if (own && isLater(own.since, since)) return; // that one ends
	elsewhere.set(id, thread);
	for (const listener of listeners) listener(id, isClean);
	if (!own) return;
	here.delete(id);
	await end(own.connection, id, isClean);
	post({ is: 'ended', id, to: thread, received: receivedBy(own.connection) });
}
