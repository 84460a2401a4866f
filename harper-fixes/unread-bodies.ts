/**
 * A body that cannot be decoded is its sender's mistake, whoever reads it, and nobody's if it is not read.
 *
 * Symptom: Harper begins to decode the body of each request, of GET too. When nobody awaits it (a GET, OPTIONS, TRACE,
 * a request that is refused before) broken JSON is an `uncaughtException`; when a class of Harper's own awaits it (PUT
 * of a class without `put`), the answer is 500.
 * Test: test/decoders.test.ts. Asks Harper that it puts the promise of the body at `request.data`.
 * Delete when Harper answers both with 400, or decodes a body when it is asked for.
 */
import { server } from 'harperdb';
import { leaveUnread, type Headers } from '../request.ts';
import { Refusal } from '../sign.ts';

interface HttpRequest {
	headers: Headers;
}
type Listener = (request: HttpRequest, next: (request: HttpRequest) => unknown) => unknown;

/** To be called once for each thread. */
export function expectBrokenBodies(): void {
	const listener: Listener = (request, next) => {
		const { asObject: headers } = request.headers;
		if (headers['content-length'] || headers['transfer-encoding']) expectBroken(request);
		return next(request);
	};
	(server as unknown as { http(listener: Listener, options: { runFirst: boolean }): void }).http(listener, {
		runFirst: true,
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
			leaveUnread(data);
		},
	});
}

/** @throws {Refusal} with the status that the decoder gave, else 400 */
function refuse(cause: Error & { statusCode?: number }): never {
	if (cause instanceof Refusal) throw cause;
	throw new Refusal(`payload must be a JSON object: ${cause.message}`, cause.statusCode ?? 400, { cause });
}
