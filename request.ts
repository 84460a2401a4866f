/**
 * What a client addressed and sent, read out of what Harper hands to a static method. Pure: touches no table.
 */
import type { SubscriptionRequest } from 'harperdb';
import { parseId, Refusal } from './sign.ts';

/** REST, WebSocket and MQTT publish hand over a `pathname`; MQTT subscribe a `url` and `isCollection`. */
export type Target = SubscriptionRequest & { url?: string };

/**
 * The id of the sign that is addressed; undefined for the collection.
 * @throws {Refusal} 400, for a path that is no valid id
 */
export function idOf(target: Target): string | undefined {
	const path = target.pathname ?? target.url ?? '';
	const isCollection = target.pathname === undefined ? target.isCollection : path === '' || path === '/';
	if (isCollection && (path === '' || path === '/')) return undefined;
	return parseId(decoded(path.slice(1)));
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text; // a stray % is no valid id, and is named in the refusal as it was received
	}
}

/**
 * Hands a request's payload to `write`. Over HTTP Harper gives a promise for it; what is there already is written at
 * once, so that the publishes of one MQTT connection keep their order.
 * @throws {Refusal} 400, for a payload that cannot be decoded
 */
export function withBody<T>(data: unknown, write: (body: unknown) => Promise<T>): Promise<T> {
	if (!(data instanceof Promise)) return write(data);
	return data.then(write, (cause: Error) => {
		throw new Refusal(`payload must be a JSON object: ${cause.message}`, 400, { cause });
	});
}
