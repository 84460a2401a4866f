/**
 * Addresses that mean the same are answered the same: `/Sign`, `/Sign?`, `/Sign/?` and `/Sign/` are all signs, and
 * `/Sign/x?` is `/Sign/x`.
 *
 * Symptom: Harper's own `parseQuery` returns undefined for an empty query, and `GET /Rejection/x?` answers 500.
 * `GET /Sign` answers a description of the table, where a stream and a PATCH take it for all signs.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper reads the URL, also for a WebSocket.
 * Delete when Harper reads an empty query, and takes `/Sign` for the table also in a GET.
 */
import { onHttp, type HttpRequest } from './internals.ts';
import { classOf } from './own-paths.ts';

/** Call it once for each thread. */
export function readAddresses(): void {
	onHttp((request, next) => (completeAddress(request), next(request)));
}

/** Removes an empty query, and adds the `/` after the name of a table. */
function completeAddress(request: HttpRequest): void {
	const { url } = request;
	const isComplete = /^\/\w+\//.test(url) && !url.endsWith('?');
	if (!isComplete && classOf(url)) request.url = url.replace(/\?$/, '').replace(/^\/\w+(?=\?|$)/, '$&/');
}
