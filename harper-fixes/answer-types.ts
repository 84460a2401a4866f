/**
 * Chooses the content type of an answer before the request is run, and passes Harper that one type as Accept.
 *
 * Symptoms: Harper opens a stream when Accept is exactly `text/event-stream`, also for a PUT, a HEAD and `/Session/`. When
 * the header names another type beside it, it serialises rows as if they were events; on a table that answer never ends,
 * and the log has an `uncaughtException`. A WebSocket's messages get the type that its opening request accepts. Harper
 * finds out that it cannot answer in a type after it has written, and its 406 then hides every refusal. It does not know
 * `application/*`.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper reads Accept, also for the request that opens a
 * WebSocket.
 * Delete when Harper reads Accept as RFC 9110, 12.5.1 says, before it calls a class.
 */
import type { Context } from 'harperdb';
import { Refusal } from '../sign/refusal.ts';
import { chooseType } from './accept.ts';
import { hasHeader, onHttp, requestOf, type HttpRequest } from './internals.ts';
import { classOf } from './own-paths.ts';
import { formOfRefusal, noteRefusals, rewriteLoginRefusal, writeRefusal } from './refusal-forms.ts';
import { onResponse } from './responses.ts';

const JSON_TYPE = 'application/json';
const STREAM = 'text/event-stream';

/** The messages of a WebSocket. JSON also for a client that accepts none of them: it has no body to refuse. */
const MESSAGES = [JSON_TYPE, 'application/cbor', 'application/x-msgpack'];
/** The answers of REST. */
const ANSWERS = [JSON_TYPE, 'text/plain', 'text/yaml', 'text/csv', 'application/cbor', 'application/x-msgpack'];
const ANSWERS_AND_STREAM = [...ANSWERS, STREAM];

/** By request: the Accept header that was replaced, and the type that was chosen; undefined when none is acceptable. */
const replaced = new WeakMap<HttpRequest, { accept: string; type: string | undefined }>();

/** Call it once for each thread, after every other listener that answers a request. */
export function chooseAnswerTypes(): void {
	noteRefusals(ANSWERS_AND_STREAM);
	onHttp((request, next) => {
		if (!classOf(request.url)) return next(request);
		const { asObject: headers } = request.headers;
		const { accept } = headers;
		const type = chooseType(accept, offersOf(request));
		headers.accept = type ?? JSON_TYPE;
		if (accept === undefined || accept === type || request.isWebSocket) return next(request);
		replaced.set(request, { accept, type });
		if (!type) delete headers['accept-encoding']; // the answer is a refusal, which may be written again
		return next(request);
	});
	onResponse((request, response) => {
		if (response.status < 400 || request.isWebSocket || !classOf(request.url)) return;
		const { accept = JSON_TYPE } = request.headers.asObject;
		if (response.status === 401 && !hasHeader(response, 'Content-Type')) rewriteLoginRefusal(response, accept);
		const sent = replaced.get(request);
		if (sent) writeRefusal(request, response, formOfRefusal(sent.accept, sent.type, ANSWERS_AND_STREAM));
	});
}

/** Only a GET opens a stream. A HEAD has the headers of the GET. */
function offersOf({ method, url, isWebSocket }: HttpRequest): string[] {
	if (isWebSocket) return MESSAGES;
	const hasStream = ['Sign', 'Rejection'].includes(classOf(url)!);
	return hasStream && (method === 'GET' || method === 'HEAD') ? ANSWERS_AND_STREAM : ANSWERS;
}

/**
 * Call it before a request is run whose answer has a body.
 * @throws {Refusal} 406 when the client accepts none of the types that the server answers in
 */
export function requireAnswerable(context: Context): void {
	const request = requestOf(context);
	const sent = replaced.get(request);
	if (!sent || sent.type) return;
	throw new Refusal(`Accept must allow one of ${offersOf(request).join(', ')}, got ${sent.accept.slice(0, 60)}`, 406);
}
