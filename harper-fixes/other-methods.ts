/**
 * Refuses the methods that no class of the application has.
 *
 * Symptom: Harper answers CONNECT with a stream that is no Server-Sent Events, or with 500 for a type that cannot be
 * streamed; TRACE with 200 and its own name; and every method of WebDAV with 501 and no Allow.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper turns a GET of a stream into CONNECT.
 * Delete when Harper answers 405 with Allow.
 */
import { Refusal } from '../sign/refusal.ts';
import { allowed, METHODS } from './allowed-methods.ts';
import { onHttp, type HttpResponse } from './internals.ts';
import { classOf } from './own-paths.ts';

/** Call it once for each thread, before the one that bounds bodies: a body that is too long is refused as such. */
export function refuseOtherMethods(): void {
	onHttp((request, next) => {
		const { method, url, isWebSocket } = request;
		return isWebSocket || METHODS.includes(method) || !classOf(url) ? next(request) : refusal(method, url);
	});
}

/** Allow is added where every refusal with 405 gets it. */
function refusal(method: string, url: string): HttpResponse {
	const { name, message, statusCode } = new Refusal(`${method} is not allowed here: use ${allowed(url)}`, 405);
	const headers = new globalThis.Headers({ 'Content-Type': 'application/json' });
	return { status: statusCode, headers, body: JSON.stringify(`${name}: ${message}`) };
}
