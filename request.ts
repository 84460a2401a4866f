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
	const name = accountOf(target);
	return name === undefined ? undefined : parseId(name);
}

/** The name of the account whose row is addressed, which need not be a valid id; undefined for the collection. */
export function accountOf(target: Target): string | undefined {
	const path = target.pathname ?? target.url ?? '';
	// MQTT's topic Sign/ is a sign without a name, REST's path /Sign/ is the collection
	const mayBeCollection = target.pathname !== undefined || target.isCollection;
	return mayBeCollection && (path === '' || path === '/') ? undefined : decoded(path.slice(1));
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
