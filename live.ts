/**
 * The streams of events that subscribers read: SSE, WebSocket and MQTT alike.
 *
 * Harper tells every change, but not always what is stored: when writers race on several threads, an event can come
 * after another that has a later version. A subscriber must end up with what GET answers. So an event is taken only
 * as the news that a row has changed, and the row is read again: the read for the last event sees the last row.
 */
import type { IterableEventQueue } from 'harperdb';
import { currentUser, mayRead, type User } from './access.ts';
import { overlap, type Subscription } from './durable.ts';
import { completed, Refusal, type SignRow } from './sign.ts';
import { readSign } from './store.ts';

/** Harper's form of an event. */
interface SignEvent {
	id: string;
	type: 'put' | 'patch' | 'delete' | 'message';
	value?: SignRow | null | undefined;
	version: number;
	localTime: number;
}

/** Harper's queue behind a subscription. Messages without an id are ours, for one subscriber: errors, heartbeats. */
export type Stream = IterableEventQueue<object> & Subscription;

/** In ms. The contract promises at least one in 30 s. */
const HEARTBEAT = 15_000;

/**
 * Makes a subscription tell stored rows, as long as its account may read them. Changes the stream that it is given.
 * @param user the account; without right it hears no more, no heartbeat either: it notices, and connects again
 * @param id the sign; undefined for all signs
 * @param first whether the subscriber gets the current value first (MQTT 5 can decline it: Retain Handling 2)
 */
export function tellStored(stream: Stream, user: User, id?: string, first = true): Stream {
	overlap(stream);
	const send = stream.send.bind(stream);
	let sent: Promise<void> = Promise.resolve();
	const tellNews = async (event: SignEvent, news: ReturnType<typeof newsOf>) => {
		const told = await news;
		if (!told) return;
		mayRead(await currentUser(user), id);
		// no more than the contract's fields: Harper's first events have another
		send({ id: event.id, localTime: event.localTime, version: event.version, type: event.type, ...told });
	};
	const tell = (event: SignEvent) => {
		const news = newsOf(event);
		sent = sent
			.then(() => tellNews(event, news))
			.catch((error: Error) => {
				if (error instanceof Refusal) stream.emit('close');
				else logger.error?.(`A change of ${event.id} could not be told`, error);
			});
	};
	stream.send = (message: object) => (isEvent(message) ? tell(message) : send(message));

	const current = (stream.queue?.splice(0) ?? []) as SignEvent[];
	for (const event of new Map(current.map((event) => [event.id, event])).values()) tell(event);
	// Harper reads the row of one sign before it subscribes: a change in between would never be told.
	if (id && first && !current.length) tell({ id, type: 'put', version: 0, localTime: Date.now() });
	return stream;
}

/** Beats from the start, so that a page knows at once that it is connected; a client without `heartbeat` ignores it. */
export function beat(stream: Stream): Stream {
	const heartbeat = () => stream.send({ event: 'heartbeat', data: new Date().toISOString() });
	heartbeat();
	const timer = setInterval(heartbeat, HEARTBEAT);
	stream.on('close', () => clearInterval(timer));
	return stream;
}

const isEvent = (message: object): message is SignEvent => 'localTime' in message;

/** What to say of an event: the row as it is stored now; nothing when another event is still to tell it. */
async function newsOf(event: SignEvent): Promise<Partial<SignEvent> | undefined> {
	const row = await readShared(event);
	if (row) {
		return { value: completed(row), type: event.type === 'delete' ? 'put' : event.type, version: row.getUpdatedTime() };
	}
	return event.type === 'delete' ? { value: null } : undefined;
}

let shared: { event: SignEvent; row: ReturnType<typeof readSign> } | undefined;

/** Harper notifies all subscribers of a thread at once: one read serves them all. */
function readShared(event: SignEvent): ReturnType<typeof readSign> {
	if (shared?.event.localTime === event.localTime && shared.event.id === event.id) return shared.row;
	shared = { event, row: readSign(event.id) };
	queueMicrotask(() => (shared = undefined));
	return shared.row;
}
