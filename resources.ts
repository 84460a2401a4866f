/**
 * The paths `/Sign/`, `/History/`, `/Rejection/` and `/Session/`. Each protocol's verb calls one of these static methods, and each
 * method makes one call into api/. The rules for signs are in sign/.
 *
 * Static methods, not instance methods: REST, MQTT, WebSocket and Server-Sent Events all call them, and Harper 5 still
 * has them.
 */
import type { Context, IterableEventQueue } from 'harperdb';
import { currentUser } from './api/current-user.ts';
import { storeNewFields } from './api/new-fields.ts';
import { checkFields, checkQuery, checkQueryOfOne, refuseQuery, type Query } from './api/query-checks.ts';
import { runQuery, selectFields, selectFor, selectIds } from './api/query.ts';
import { refuseWrites } from './api/read-only.ts';
import { recordRejection } from './api/rejection.ts';
import { idOf, isTable, nameOf, withBody, type Target } from './api/request.ts';
import type { Stream } from './api/stream.ts';
import { toErrorEvent } from './api/error-event.ts';
import { closeSlowStreams, openConnectedStream, openSubscription, rejections, signs } from './api/subscribe.ts';
import { publishWill } from './api/will.ts';
import { merge, mergeByQuery, remove, replace } from './api/write.ts';
import { requireAnswerable } from './harper-fixes/answer-types.ts';
import { withEmptyValues } from './harper-fixes/empty-query-values.ts';
import { applyFixes } from './harper-fixes/index.ts';
import { withoutBody } from './harper-fixes/head-requests.ts';
import { RejectionTable, SignTable } from './harper-fixes/internals.ts';
import { withEncodedCharacters } from './harper-fixes/query-characters.ts';
import { dropReadSnapshot, storedEntry } from './harper-fixes/read-snapshots.ts';
import { sortByAnyField } from './harper-fixes/sorted-queries.ts';
import { ignoreBody } from './harper-fixes/unread-bodies.ts';
import { mayMergeByQuery, mayRead, mayReadRejection, requireAccount } from './sign/access.ts';
import { withAllFields } from './sign/fields.ts';
import { ownFields, parseChange, parseId } from './sign/parse.ts';
import { Refusal } from './sign/refusal.ts';

applyFixes({ publishWill, recordRejection });
closeSlowStreams();
storeNewFields();

export { History } from './api/history.ts';
export { Session } from './api/session.ts';

/** A field that is selected alone is null. For Harper, null is a sign that does not exist: 404. */
const NULL_ANSWER = { status: 200, headers: {}, data: null };

export class Sign extends SignTable() {
	/** REST GET: returns one sign, or the signs that a query selects. */
	static async get(target: Target, context: Context) {
		const id = addressed(target, context);
		mayRead(context.user, id);
		requireAnswerable(context);
		dropReadSnapshot();
		const read = async () => withoutBody(await runQuery(() => super.get(target, context)), context);
		if (target.search) return (await read()) ?? (id && storedEntry('Sign', id)?.value ? NULL_ANSWER : null);
		if (isTable(target)) return selectFields(target as { select?: unknown }) && read();
		// Harper's own selection from one sign costs half as much as the whole GET
		const row = await read();
		return row && withAllFields(row);
	}

	/** REST PUT and MQTT publish with retain: replace a sign. Fields that are not given get their defaults. */
	static async put(target: Target, data: unknown, context: Context): Promise<void> {
		ignoreBody(data);
		await replace(addressedOne(target, context, 'PUT'), data, context.user);
	}

	/** REST PATCH: merges the given fields into one sign, or into each sign that a query selects. */
	static async patch(target: Target, data: unknown, context: Context): Promise<{ updated: number } | undefined> {
		ignoreBody(data);
		const id = addressed(target, context);
		if (id) return void (await merge(addressedOne(target, context, 'PATCH'), data, context.user));
		mayMergeByQuery(context.user);
		const change = await withBody(data, async (body) => parseChange(body));
		requireAnswerable(context);
		dropReadSnapshot();
		const reader = { user: context.user, authorize: true };
		const query = () => selectIds(this.parse(target.search, target));
		const ids = await runQuery(() => Array.fromAsync<string>(super.search(query(), reader)));
		return { updated: await mergeByQuery(ids, change, context.user) };
	}

	/** Called by Harper for a GET with a query. */
	static parseQuery(search: string | undefined, target: Target): Query {
		return selectFields(this.parse(search, target));
	}

	private static parse(search: string | undefined, target: Target): Query {
		// Harper's own method returns undefined without a query
		const query: Query =
			super.parseQuery(withEmptyValues(withEncodedCharacters(checkQuery(search ?? ''))), target) ?? target;
		if ('pathname' in target && !isTable(target)) checkQueryOfOne(query, search ?? '');
		return sortByAnyField(checkFields(query));
	}

	/**
	 * MQTT publish without retain: merges the given fields. Harper's own method would forward the message without
	 * storing it.
	 */
	static async publish(target: Target, data: unknown, context: Context): Promise<void> {
		await merge(addressedOne(target, context, 'publish'), data, context.user);
	}

	/** REST DELETE and MQTT publish of an empty payload with retain: remove a sign. */
	static async delete(target: Target, context: Context & { data?: unknown }): Promise<void> {
		ignoreBody(context.data);
		await remove(addressedOne(target, context, 'DELETE'), context.user);
	}

	static async post(_target: Target, data: unknown): Promise<never> {
		ignoreBody(data);
		return refuseVerb('POST');
	}

	/** MQTT subscribe: one sign, or all signs. */
	static async subscribe(request: Target, context: Context): Promise<Stream> {
		const id = addressed(request, context);
		mayRead(await currentUser(context.user), id);
		return openSubscription(signs, request, context, id, (raw) => super.subscribe(raw, context));
	}

	/**
	 * Server-Sent Events (`incoming` is null) and WebSocket: one sign, all signs, or the signs that a query selects. A
	 * WebSocket message is a write.
	 */
	static async connect(target: Target, incoming: IterableEventQueue | null, context: Context): Promise<Stream> {
		const id = addressed(target, context);
		mayRead(context.user, id);
		if (id) refuseQuery(target.search);
		const select = () => selectFor(parse, search);
		const parse = () => this.parse(target.search, target);
		const search = (query: Query) => {
			dropReadSnapshot();
			return super.search(query, { user: context.user, authorize: true });
		};
		const stream = await openConnectedStream(signs, incoming, context, id, target.search ? select : undefined);
		incoming?.on('data', (message: unknown) => {
			mergeMessage(message, id, context).catch((error: Error) => stream.send(toErrorEvent(error)));
		});
		return stream;
	}
}

const READ_ONLY = 'a rejection is read by GET; only the server writes rejections';
const refuseRejectionWrite = refuseWrites(READ_ONLY);

/** An account reads only its own rejection. Only the server writes rejections. */
export class Rejection extends RejectionTable() {
	static async get(target: Target, context: Context) {
		mayReadRejection(context.user, nameOf(target, context));
		refuseQuery(target.search);
		requireAnswerable(context);
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
		refuseQuery(target.search);
		const stream = await openConnectedStream(rejections, incoming, context, account);
		// reads and refuses the messages: otherwise Harper would queue them
		incoming?.on('data', () => stream.send(toErrorEvent(new Refusal(READ_ONLY, 405))));
		return stream;
	}
	static put = refuseRejectionWrite;
	static patch = refuseRejectionWrite;
	static post = refuseRejectionWrite;
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

/** The id of the one sign that a write addresses, without a query. */
function addressedOne(target: Target, context: Context, verb: string): string {
	const id = addressed(target, context) ?? refuseVerb(verb);
	refuseQuery(target.search);
	return id;
}

function refuseVerb(verb: string): never {
	const instead =
		verb === 'publish' ? 'a topic is Sign/<id>' : 'use PUT, PATCH or DELETE on /Sign/<id>, or PATCH on /Sign/?<query>';
	throw new Refusal(`${verb} is not allowed here: ${instead}`, 405);
}
