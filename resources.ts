/**
 * The contract's table of contents: each protocol's verb arrives at one of these static methods, and each write from
 * there at one merge (merge.ts). May touch what Harper hands over; what a sign may show stands in sign.ts.
 *
 * Static methods, not instances: the one place that REST, MQTT, WebSocket and SSE all pass, and the interface that
 * Harper 5 keeps.
 */
import { tables, type Context, type IterableEventQueue } from 'harperdb';
import { currentUser, mayMergeByQuery, mayRead, mayReadRejection, mayWrite, someone, type User } from './access.ts';
import { ask, errorEvent, wrongTopic } from './answer.ts';
import { completeRows } from './completion.ts';
import { convergeNodes } from './convergence.ts';
import { closeSlowReaders, connectStream, openStream, rejections, resumeStream, signs } from './api/subscribe.ts';
import type { Stream } from './api/stream.ts';
import { subscribeInTurn } from './durable.ts';
import { decodeSafely } from './harper-fixes/decoders.ts';
import { withEmptyValues } from './harper-fixes/empty-query-values.ts';
import { boundBodies } from './harper-fixes/http-body.ts';
import { decodeJsonStrictly } from './harper-fixes/json-decoder.ts';
import { nameClients, openFrontDoor } from './harper-fixes/mqtt/front-door.ts';
import { readerOf } from './harper-fixes/mqtt/no-local.ts';
import { acceptSubprotocols } from './harper-fixes/mqtt/subprotocols.ts';
import { readHeaders } from './harper-fixes/request-headers.ts';
import { slowGuesses } from './harper-fixes/slow-guesses.ts';
import type { RawEvents } from './harper-fixes/table.ts';
import { expectBrokenBodies } from './harper-fixes/unread-bodies.ts';
import { boundWebSockets } from './harper-fixes/websocket-messages.ts';
import { answerBrokenMessages } from './harper-fixes/websocket-payloads.ts';
import { mergeSign, mergeSigns, removeSign } from './merge.ts';
import type { Will } from './mqtt.ts';
import { closeForeignSockets } from './origin.ts';
import { challengePagesByName } from './prompt.ts';
import { answerPublishes } from './publish.ts';
import { recordRejections } from './rejection.ts';
import { markStructures, noteWhatIsStored } from './replication.ts';
import { checkQuery, idOf, idsQuery, leaveUnread, nameOf, withBody, type Target } from './request.ts';
import { DEFAULTS, ownFields, parseChange, parseId, Refusal, type Change } from './sign.ts';
import { seeCommitted } from './store.ts';
import { storeDefaults } from './upgrade.ts';
import { keepWills } from './will.ts';

// What is registered last with Harper comes first: foreign sockets are bounded, too.
closeForeignSockets();
boundBodies();
boundWebSockets();
openFrontDoor();
challengePagesByName();
recordRejections();
keepWills(publishWill);
closeSlowReaders();
answerPublishes();
subscribeInTurn();
completeRows();
convergeNodes();
storeDefaults();
noteWhatIsStored();
markStructures();
decodeSafely();
readHeaders();
expectBrokenBodies();
answerBrokenMessages();
nameClients();
slowGuesses();
decodeJsonStrictly();
acceptSubprotocols();

export { Session } from './session.ts';

// Harper's types describe the instance methods; the statics that its protocols call are any.
const SignTable = tables.Sign as any;
const RejectionTable = tables.Rejection as any;

export class Sign extends SignTable {
	/** REST GET: one sign, or those that a query selects. */
	static async get(target: Target, context: Context) {
		mayRead(context.user, addressed(target, context));
		seeCommitted();
		return ask(() => super.get(target, context));
	}

	/** REST PUT; MQTT publish with retain: every settable field, the missing ones become their default. */
	static async put(target: Target, data: unknown, context: Context): Promise<void> {
		leaveUnread(data);
		await write(addressed(target, context) ?? refuseVerb('PUT'), data, context.user, DEFAULTS);
	}

	/** REST PATCH: the given fields, of one sign or of every sign that a query selects. */
	static async patch(target: Target, data: unknown, context: Context): Promise<{ updated: number } | undefined> {
		leaveUnread(data);
		const id = addressed(target, context);
		if (id) return void (await write(id, data, context.user));
		mayMergeByQuery(context.user);
		const change = await withBody(data, async (body) => parseChange(body));
		seeCommitted();
		const reader = { user: context.user, authorize: true };
		const query = () => idsQuery(this.parseQuery(target.search, target));
		const ids = await ask(() => Array.fromAsync<string>(super.search(query(), reader)));
		return { updated: await mergeSigns(ids, change, context.user) };
	}

	/** Of GET and PATCH alike. */
	static parseQuery(search: string | undefined, target: Target) {
		return super.parseQuery(withEmptyValues(checkQuery(search ?? '')), target) ?? target; // none for no query
	}

	/** MQTT publish without retain: the given fields. Harper's own would pass it on and not store it. */
	static async publish(target: Target, data: unknown, context: Context): Promise<void> {
		await write(addressed(target, context) ?? refuseVerb('publish'), data, context.user);
	}

	/** REST DELETE; MQTT publish of an empty payload with retain. */
	static async delete(target: Target, context: Context & { data?: unknown }): Promise<void> {
		leaveUnread(context.data);
		await removeSign(addressed(target, context) ?? refuseVerb('DELETE'), context.user);
	}

	static async post(_target: Target, data: unknown): Promise<never> {
		leaveUnread(data);
		return refuseVerb('POST');
	}

	/** Harper's own verb QUERY: a search by body. The contract has GET with a query for it. */
	static async query(_target: Target, data: unknown): Promise<never> {
		leaveUnread(data);
		return refuseVerb('QUERY');
	}

	static async copy(): Promise<never> {
		return refuseVerb('COPY');
	}

	static async move(): Promise<never> {
		return refuseVerb('MOVE');
	}

	/** MQTT subscribe: one sign, or all of them. */
	static async subscribe(request: Target, context: Context): Promise<Stream> {
		const id = addressed(request, context);
		mayRead(await currentUser(context.user), id);
		return subscription(signs, request, context, id, (raw) => super.subscribe(raw, context));
	}

	/** Server-Sent Events (`incoming` is null) and WebSocket, which also writes: one sign, or all of them. */
	static async connect(target: Target, incoming: IterableEventQueue | null, context: Context): Promise<Stream> {
		const id = addressed(target, context);
		mayRead(context.user, id);
		const stream = await connectStream(signs, incoming, context, id);
		incoming?.on('data', (message: unknown) => {
			writeFrom(message, id, context.user).catch((error) => stream.send(errorEvent(error)));
		});
		return stream;
	}
}

/** Read by its own account alone; written by the server alone. */
export class Rejection extends RejectionTable {
	static async get(target: Target, context: Context) {
		mayReadRejection(context.user, nameOf(target, context));
		return super.get(target, context);
	}
	static async subscribe(request: Target, context: Context): Promise<Stream> {
		const account = nameOf(request, context);
		mayReadRejection(await currentUser(context.user), account);
		return subscription(rejections, request, context, account, (raw) => super.subscribe(raw, context));
	}
	static async connect(target: Target, incoming: IterableEventQueue | null, context: Context): Promise<Stream> {
		const account = nameOf(target, context);
		mayReadRejection(context.user, account);
		const stream = await connectStream(rejections, incoming, context, account);
		// nobody would read them, and Harper would keep them
		incoming?.on('data', () => stream.send(errorEvent(rejectionIsRead())));
		return stream;
	}
	static put = refuseRejection;
	static patch = refuseRejection;
	static post = refuseRejection;
	static query = refuseRejection;
	static copy = refuseRejection;
	static move = refuseRejection;
	static publish = refuseRejection;
	static delete = refuseRejection;
}

/** An MQTT subscription; of a durable session that comes back, when it has a start time. */
function subscription(
	source: typeof signs | typeof rejections,
	request: Target,
	context: Context,
	id: string | undefined,
	follow: (request: Target) => Promise<RawEvents>
): Promise<Stream> {
	if (request.startTime === undefined) return openStream(source, context, id, !request.omitCurrent, readerOf(context));
	return resumeStream(source, context, id, readerOf(context), () =>
		follow(Object.assign(request, { rawEvents: true }))
	);
}

/** What a client left to be said when it dies: a write of its account, like any publish. */
async function publishWill({ topic, data, retain }: Will, user: User): Promise<void> {
	const [table, id] = topic.split(/\/(.*)/s);
	if (table !== 'Sign') throw wrongTopic(topic);
	if (retain && data === undefined) return removeSign(parseId(id), user);
	await write(parseId(id), data, user, retain ? DEFAULTS : {});
}

/** A WebSocket message: a merge. On the collection it names its sign by `id`. */
async function writeFrom(message: unknown, id: string | undefined, user: User): Promise<void> {
	const signId = id ?? parseId(ownFields(message).id);
	await write(signId, message, user);
}

/** A merge, over whatever protocol; a replacement, when `base` has all fields. First who, then what. */
async function write(id: string, data: unknown, user: User, base: Change = {}): Promise<void> {
	mayWrite(user, id);
	await withBody(data, (body) => mergeSign(id, { ...base, ...parseChange(body, id) }, user));
}

/** The id of the sign that is addressed; undefined for all signs. To nobody it does not tell what a valid id is. */
function addressed(target: Target, context: Context): string | undefined {
	someone(context.user);
	return idOf(target, context);
}

function refuseVerb(verb: string): never {
	const instead =
		verb === 'publish' ? 'a topic is Sign/<id>' : 'use PUT, PATCH or DELETE on /Sign/<id>, or PATCH on /Sign/?<query>';
	throw new Refusal(`${verb} is not allowed here: ${instead}`, 405);
}

async function refuseRejection(_target?: Target, data?: unknown): Promise<never> {
	leaveUnread(data);
	// DELETE has no data, but a context, which may hold some
	leaveUnread((data as { data?: unknown } | undefined)?.data);
	throw rejectionIsRead();
}

const rejectionIsRead = () => new Refusal('a rejection is read by GET, and written by the server alone', 405);
