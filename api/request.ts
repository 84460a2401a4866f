/** What a client addressed and sent, read from what Harper hands to a static method. Pure: touches no table. */
import type { Context, SubscriptionRequest } from 'harperdb';
import { parseId } from '../sign/parse.ts';
import { Refusal, undecodable } from '../sign/refusal.ts';

/** REST, WebSocket and MQTT publish give a `pathname`; MQTT subscribe gives a `url` and `isCollection`. */
export type Target = SubscriptionRequest & { url?: string };

/**
 * The id of the addressed sign; undefined for all signs.
 * @throws {Refusal} 400, for a path or topic that has no valid id
 */
export function idOf(target: Target, context: Context): string | undefined {
	const name = nameOf(target, context);
	return name === undefined ? undefined : parseId(name);
}

/**
 * The name in a path or topic, decoded and not checked; undefined for the whole table.
 *
 * The path `/Sign/` is the whole table. The topic `Sign/` is a sign with an empty name, unless it comes from a filter for
 * the table, which Harper marks by `isCollection`.
 * @throws {Refusal} 400, for a topic with a query
 */
export function nameOf(target: Target, context: Context): string | undefined {
	const isTopic = !('method' in context); // an HTTP request has a method
	// Harper splits a topic like a URL
	if (isTopic && target.search)
		throw new Refusal(`a topic has no query, got ?${target.search.replace(/^\?/, '').slice(0, 60)}`);
	const path = target.pathname ?? target.url ?? '';
	const mayBeTable = target.pathname !== undefined || target.isCollection;
	if (mayBeTable && (path === '' || path === '/')) return undefined;
	return isTopic ? path.slice(1) : decoded(path.slice(1));
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text; // a stray % is no valid id: the refusal names it as it was received
	}
}

/**
 * Hands a request's body to `write`. Over HTTP Harper gives a promise of it. A body that is there already is written at
 * once: the publishes of one MQTT connection keep their order.
 * @throws {Refusal} 400, for a body that cannot be decoded, or the status that its decoder gave
 */
export function withBody<T>(data: unknown, write: (body: unknown) => Promise<T>): Promise<T> {
	if (!(data instanceof Promise)) return write(data);
	return data.then(write, (cause: Error) => {
		throw undecodable(cause);
	});
}
