/** Reads the address and the body of a request from the arguments of a static method. Pure: touches no table. */
import type { Context, SubscriptionRequest } from 'harperdb';
import { parseId } from '../sign/parse.ts';
import { Refusal, undecodable } from '../sign/refusal.ts';

/** REST, WebSocket and MQTT publish give a `pathname`; MQTT subscribe gives a `url` and `isCollection`. */
export type Target = SubscriptionRequest & { url?: string };

/**
 * The id of the addressed sign; undefined for all signs.
 * @throws {Refusal} 400, for a path or topic without a valid id
 */
export function idOf(target: Target, context: Context): string | undefined {
	const name = nameOf(target, context);
	return name === undefined ? undefined : parseId(name);
}

/** Whether an HTTP request addresses the whole table. */
export const isTable = ({ pathname = '' }: Target) => pathname === '' || pathname === '/';

/**
 * The name in a path or topic, decoded but not checked; undefined for the whole table.
 *
 * The path `/Sign/` addresses the whole table. The topic `Sign/` addresses a sign with an empty name, unless it comes
 * from a filter for the table: then Harper sets `isCollection`.
 * @throws {Refusal} 400, for a topic with a query
 */
export function nameOf(target: Target, context: Context): string | undefined {
	const isTopic = !('method' in context); // an HTTP request has a method
	// Harper parses a topic like a URL
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
		return text; // a stray % makes the id invalid: the refusal shows it as received
	}
}

/**
 * Passes the body of a request to `write`. Over HTTP, Harper provides a promise of the body. Any other body is written
 * at once: the publishes of one MQTT connection stay in order.
 * @throws {Refusal} 400 for a body that cannot be decoded, or the status of the decoder's error
 */
export function withBody<T>(data: unknown, write: (body: unknown) => Promise<T>): Promise<T> {
	if (!(data instanceof Promise)) return write(data);
	return data.then(write, (cause: Error) => {
		throw undecodable(cause);
	});
}
