/**
 * Names the methods of a path in `Allow` [RFC 9110, 10.2.1, 15.5.6].
 *
 * Symptom: Harper names the same methods for every path, also those that it then refuses, and none in a refusal with
 * 405.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.http` with `runFirst`, which gets Harper's response.
 * Delete when Harper names the methods of a class.
 */
import { setHeader } from './internals.ts';
import { classOf, isWhole } from './own-paths.ts';
import { onResponse } from './responses.ts';

/** Call it once for each thread. */
export function nameAllowedMethods(): void {
	onResponse((request, response) => {
		if ((response.status === 405 || request.method === 'OPTIONS') && classOf(request.url))
			setHeader(response, 'Allow', allowed(request.url));
	});
}

/** The methods that a class may have. */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

/** The methods of a path, as they stand in Allow. */
export function allowed(url: string): string {
	const writes: Record<string, string> = {
		Sign: isWhole(url) ? 'PATCH, ' : 'PUT, PATCH, DELETE, ',
		Session: 'POST, DELETE, ',
	};
	return `GET, HEAD, ${writes[classOf(url)!] ?? ''}OPTIONS`;
}
