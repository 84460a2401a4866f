/**
 * The paths `/Sign/`, `/Rejection/` and `/Session/`. Each protocol's verb calls one of these static methods, and each
 * method makes one call into api/. The rules for signs are in sign/.
 *
 * Static methods, not instance methods: REST, MQTT, WebSocket and Server-Sent Events all call them, and Harper 5 still
 * has them.
 */
import type { Context, IterableEventQueue } from 'harperdb';
import { currentUser } from './api/current-user.ts';
import { storeNewFields } from './api/new-fields.ts';
import { checkQuery, runQuery, selectIds } from './api/query.ts';
import { recordRejection } from './api/rejection.ts';
import { idOf, nameOf, withBody, type Target } from './api/request.ts';
import type { Stream } from './api/stream.ts';
import { toErrorEvent } from './api/error-event.ts';
import { closeSlowStreams, openConnectedStream, openSubscription, rejections, signs } from './api/subscribe.ts';
import { publishWill } from './api/will.ts';
import { merge, mergeByQuery, remove, replace } from './api/write.ts';
import { withEmptyValues } from './harper-fixes/empty-query-values.ts';
import { applyFixes } from './harper-fixes/index.ts';
import { RejectionTable, SignTable } from './harper-fixes/internals.ts';
import { dropReadSnapshot } from './harper-fixes/read-snapshots.ts';
import { ignoreBody } from './harper-fixes/unread-bodies.ts';
import { mayMergeByQuery, mayRead, mayReadRejection, requireAccount } from './sign/access.ts';
import { ownFields, parseChange, parseId } from './sign/parse.ts';
import { Refusal } from './sign/refusal.ts';

applyFixes({ publishWill, recordRejection });
closeSlowStreams();
storeNewFields();

export { Session } from './api/session.ts';

export class Sign extends SignTable() {
	/** REST GET: returns one sign, or the signs that a query selects. */
	static async get(target: Target, context: Context) {
		mayRead(context.user, addressed(target, context));
		dropReadSnapshot();
		return runQuery(() => super.get(target, context));
	}

	/** REST PUT and MQTT publish with retain: replace a sign. Fields that are not given get their defaults. */
	static async put(target: Target, data: unknown, context: Context): Promise<void> {
		ignoreBody(data);
		await replace(addressed(target, context) ?? refuseVerb('PUT'), data, context.user);
	}

	/** REST PATCH: merges the given fields into one sign, or into each sign that a query selects. */
	static async patch(target: Target, data: unknown, context: Context): Promise<{ updated: number } | undefined> {
		ignoreBody(data);
		const id = addressed(target, context);
		if (id) return void (await merge(id, data, context.user));
		mayMergeByQuery(context.user);
		const change = await withBody(data, async (body) => parseChange(body));
		dropReadSnapshot();
		const reader = { user: context.user, authorize: true };
		const query = () => selectIds(this.parseQuery(target.search, target));
		const ids = await runQuery(() => Array.fromAsync<string>(super.search(query(), reader)));
		return { updated: await mergeByQuery(ids, change, context.user) };
	}

	/** Called by Harper for GET, and by `patch`. */
	static parseQuery(search: string | undefined, target: Target) {
		// Harper's own method returns undefined without a query
		return super.parseQuery(withEmptyValues(checkQuery(search ?? '')), target) ?? target;
	}

	/**
	 * MQTT publish without retain: merges the given fields. Harper's own method would forward the message without
	 * storing it.
	 */
	static async publish(target: Target, data: unknown, context: Context): Promise<void> {
		await merge(addressed(target, context) ?? refuseVerb('publish'), data, context.user);
	}

	/** REST DELETE and MQTT publish of an empty payload with retain: remove a sign. */
	static async delete(target: Target, context: Context & { data?: unknown }): Promise<void> {
		ignoreBody(context.data);
		await remove(addressed(target, context) ?? refuseVerb('DELETE'), context.user);
	}

	static async post(_target: Target, data: unknown): Promise<never> {
		ignoreBody(data);
		return refuseVerb('POST');
	}

	/** Harper's verb QUERY searches with a body. The contract has GET with a query instead. */
	static async query(_target: Target, data: unknown): Promise<never> {
		ignoreBody(data);
		return refuseVerb('QUERY');
	}

	static async copy(): Promise<never> {
		return refuseVerb('COPY');
	}

	static async move(): Promise<never> {
		return refuseVerb('MOVE');
	}

	/** MQTT subscribe: one sign, or all signs. */
	static async subscribe(request: Target, context: Context): Promise<Stream> {
		const id = addressed(request, context);
		mayRead(await currentUser(context.user), id);
		return openSubscription(signs, request, context, id, (raw) => super.subscribe(raw, context));
	}

	/**
	 * Server-Sent Events (`incoming` is null) and WebSocket: one sign, or all signs. A WebSocket message is a write.
	 */
	static async connect(target: Target, incoming: IterableEventQueue | null, context: Context): Promise<Stream> {
		const id = addressed(target, context);
		mayRead(context.user, id);
		const stream = await openConnectedStream(signs, incoming, context, id);
		incoming?.on('data', (message: unknown) => {
			mergeMessage(message, id, context).catch((error: Error) => stream.send(toErrorEvent(error)));
		});
		return stream;
	}
}

/** An account reads only its own rejection. Only the server writes rejections. */
export class Rejection extends RejectionTable() {
	static async get(target: Target, context: Context) {
		mayReadRejection(context.user, nameOf(target, context));
		dropReadSnapshot('Rejection');
		return super.get(target, context);
	}
	static async subscribe(request: Target, context: Context): Promise<Stream> {
		const account = nameOf(request, context);
		mayReadRejection(await currentUser(context.user), account);
		return openSubscription(rejections, request, context, account, (raw) => super.subscribe(raw, context));
	}
	static async connect(target: Target, incoming: IterableEventQueue | null, context: Context): Promise<Stream> {
		const account = nameOf(target, context);
		mayReadRejection(context.user, account);
		const stream = await openConnectedStream(rejections, incoming, context, account);
		// reads and refuses the messages: otherwise Harper would queue them
		incoming?.on('data', () => stream.send(toErrorEvent(readOnly())));
		return stream;
	}
	static put = refuseRejectionWrite;
	static patch = refuseRejectionWrite;
	static post = refuseRejectionWrite;
	static query = refuseRejectionWrite;
	static copy = refuseRejectionWrite;
	static move = refuseRejectionWrite;
	static publish = refuseRejectionWrite;
	static delete = refuseRejectionWrite;
}

/** A WebSocket message is a merge. On the stream of all signs its field `id` names the sign. */
async function mergeMessage(message: unknown, id: string | undefined, { user }: Context): Promise<void> {
	await merge(id ?? parseId(ownFields(message).id), message, user);
}

/**
 * The id of the addressed sign; undefined for all signs. Checks the account first: others do not learn what a valid id
 * is.
 */
function addressed(target: Target, context: Context): string | undefined {
	requireAccount(context.user);
	return idOf(target, context);
}

function refuseVerb(verb: string): never {
	const instead =
		verb === 'publish' ? 'a topic is Sign/<id>' : 'use PUT, PATCH or DELETE on /Sign/<id>, or PATCH on /Sign/?<query>';
	throw new Refusal(`${verb} is not allowed here: ${instead}`, 405);
}

async function refuseRejectionWrite(_target?: Target, data?: unknown): Promise<never> {
	ignoreBody(data);
	// for DELETE the second argument is the context, which may have a body
	ignoreBody((data as { data?: unknown } | undefined)?.data);
	throw readOnly();
}

const readOnly = () => new Refusal('a rejection is read by GET; only the server writes rejections', 405);
