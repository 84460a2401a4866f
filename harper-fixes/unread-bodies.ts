/**
 * A body that cannot be decoded is an error of the client, and no failure of the server when nothing reads the body.
 *
 * Symptom: Harper begins to decode the body of each request, also of GET. When nothing awaits the result (a GET,
 * OPTIONS, TRACE, a request that is refused before), broken JSON is an `uncaughtException`. When a class of Harper
 * awaits it (PUT of a class without `put`), the response is 500.
 * Test: test/contract/decoders.test.ts.
 * Depends on: Harper sets `request.data` to the promise of the body.
 * Delete when Harper answers both with 400, or decodes a body when it is read.
 */
import { undecodable } from '../sign/refusal.ts';
import { refusalOfType } from './content-types.ts';
import { onHttp, type HttpRequest } from './internals.ts';

/** Call it for a body that nothing reads: an error in it must not be an unhandled rejection. */
export function ignoreBody(data: unknown): void {
	if (data instanceof Promise) data.catch(() => {});
}

/** Call it once for each thread. */
export function refuseBrokenBodies(): void {
	onHttp((request, next) => {
		if (!isWrapped) wrapBodies(Object.getPrototypeOf(request));
		return next(request);
	});
}

const BODY = Symbol('body');
let isWrapped = false;

/** Once for all requests: a property of each request would cost it its fast shape. */
function wrapBodies(requests: HttpRequest): void {
	isWrapped = true;
	Object.defineProperty(requests, 'data', {
		get(this: RequestWithBody) {
			return this[BODY];
		},
		set(this: RequestWithBody, body: unknown) {
			const wrongType = refusalOfType(this);
			this[BODY] = body instanceof Promise ? body.then(wrongType ? () => refuse(wrongType) : undefined, refuse) : body;
			ignoreBody(this[BODY]);
		},
	});
}

interface RequestWithBody extends HttpRequest {
	[BODY]?: unknown;
}

/** @throws {Refusal} with the status of the decoder's error, otherwise 400 */
function refuse(cause: Error): never {
	throw undecodable(cause);
}
