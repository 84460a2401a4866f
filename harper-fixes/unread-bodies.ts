/**
 * A body that cannot be decoded is the sender's mistake, and no failure where nothing reads it.
 *
 * Symptom: Harper begins to decode the body of each request, also of GET. When nothing awaits it (a GET, OPTIONS, TRACE, a
 * request that is refused before) broken JSON is an `uncaughtException`; when a class of Harper's own awaits it (PUT of a
 * class without `put`), the answer is 500.
 * Test: test/contract/decoders.test.ts. Asks Harper to put the promise of the body at `request.data`.
 * Delete when Harper answers both with 400, or decodes a body when it is asked for.
 */
import { undecodable } from '../sign/refusal.ts';
import { onHttp, type HttpRequest } from './internals.ts';

/** The body of a request that is refused before it is read: its error must not be an unhandled rejection. */
export function ignoreBody(data: unknown): void {
	if (data instanceof Promise) data.catch(() => {});
}

/** Call it once for each thread. */
export function refuseBrokenBodies(): void {
	onHttp((request, next) => {
		const { asObject: headers } = request.headers;
		if (headers['content-length'] || headers['transfer-encoding']) expectBroken(request);
		return next(request);
	});
}

function expectBroken(request: HttpRequest): void {
	let data: unknown;
	Object.defineProperty(request, 'data', {
		configurable: true,
		enumerable: true,
		get: () => data,
		set: (body: unknown) => {
			data = body instanceof Promise ? body.catch(refuse) : body;
			ignoreBody(data);
		},
	});
}

/** @throws {Refusal} with the status that the decoder gave, else 400 */
function refuse(cause: Error): never {
	throw undecodable(cause);
}
