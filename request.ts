/**
 * What a client addressed and sent, read out of what Harper hands to a static method. Pure: touches no table.
 */
import type { Context, SubscriptionRequest } from 'harperdb';
import { parseId, Refusal } from './sign.ts';

/** The headers of an HTTP request, as Harper hands them over; of a WebSocket those that opened it. */
export interface Headers {
	asObject: Record<string, string | undefined>;
}

/** REST, WebSocket and MQTT publish hand over a `pathname`; MQTT subscribe a `url` and `isCollection`. */
export type Target = SubscriptionRequest & { url?: string };

/**
 * The id of the sign that is addressed; undefined for the collection.
 * @throws {Refusal} 400, for a path or topic that holds no valid id
 */
export function idOf(target: Target, context: Context): string | undefined {
	const name = nameOf(target, context);
	return name === undefined ? undefined : parseId(name);
}

/**
 * The name in a path or topic, decoded and not checked; undefined for the collection.
 * @throws {Refusal} 400, for a topic with a query
 */
export function nameOf(target: Target, context: Context): string | undefined {
	// a request over HTTP has a method; Harper splits a topic like a URL, which it is not
	const isTopic = !('method' in context);
	if (isTopic && target.search)
		throw new Refusal(`a topic has no query, got ?${target.search.replace(/^\?/, '').slice(0, 60)}`);
	const path = target.pathname ?? target.url ?? '';
	// MQTT's topic Sign/ is a sign without a name, REST's path /Sign/ is the collection
	const mayBeCollection = target.pathname !== undefined || target.isCollection;
	if (mayBeCollection && (path === '' || path === '/')) return undefined;
	return isTopic ? path.slice(1) : decoded(path.slice(1));
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text; // a stray % is no valid id, and is named in the refusal as it was received
	}
}

/** A query as Harper has read it, from `target`. Without `conditions` it was read like the fields of a form. */
export type Query = URLSearchParams & { conditions?: unknown[]; select?: unknown };

/**
 * A query that GET and PATCH alike may ask.
 * @throws {Refusal} 400, for what Harper would take for no condition, and so for every sign
 */
export function checkQuery(search: string): string {
	const wrong = (why: string) => new Refusal(`query must ${why}, got ?${search.slice(0, 60)}`);
	try {
		decodeURIComponent(search);
	} catch {
		throw wrong('be percent-encoded UTF-8');
	}
	if (/limit\((?!\d+(?:,\d+)?\))/.test(search)) throw wrong('limit by numbers');
	return search;
}

/** Makes of a query that selects signs the one for their ids: of what GET selects by it, whatever it answers of them. */
export function idsQuery(query: Query): Query {
	// with conditions Harper does not read the text again, and a select of one field alone gives the bare values
	return Object.assign(query, { conditions: query.conditions ?? [...query], select: 'id' });
}

/**
 * Hands a request's payload to `write`. Over HTTP Harper gives a promise for it; what is there already is written at
 * once, so that the publishes of one MQTT connection keep their order.
 * @throws {Refusal} 400, for a payload that cannot be decoded, or the status that its decoder gave
 */
export function withBody<T>(data: unknown, write: (body: unknown) => Promise<T>): Promise<T> {
	if (!(data instanceof Promise)) return write(data);
	return data.then(write, (cause: Error & { statusCode?: number }) => {
		if (cause instanceof Refusal) throw cause;
		throw new Refusal(`payload must be a JSON object: ${cause.message}`, cause.statusCode ?? 400, { cause });
	});
}

/** A payload that is not read, because its request is refused before, must not fail unheard. */
export function leaveUnread(data: unknown): void {
	if (data instanceof Promise) data.catch(() => {});
}
