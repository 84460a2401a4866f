/**
 * Bounds the body of a request to this application, whatever `http.maxRequestBodySize` is.
 *
 * Symptom: Harper keeps bodies of up to 10 MB while it asks whether the caller may send them: a hundred that are not
 * completed hold a GB. It also reads the body of a GET, and an error in it ends in `uncaughtException`.
 * Test: test/contract/limits.test.ts, test/faults/memory.test.ts. Asks Harper that `server.http(…, { runFirst: true })` comes before
 * it reads a body, and that it reads one when a header says that there is one, by `on('data')`. Delete when Harper bounds
 * bodies before it knows the caller, for each path.
 */
import type { IncomingMessage } from 'node:http';
import { onHttp, type HttpListener, type HttpResponse } from './internals.ts';
import { Refusal } from '../sign/refusal.ts';
import { LINGER_MS, MAX_BODY_BYTES, MAX_DROPPED_BYTES } from './bounds.ts';
import { intercept } from './intercept.ts';

type Data = (chunk: Buffer) => void;

/** Whether a path is one of this application's classes (entry.js), or Harper's own whose body it reads before the login. */
export const isOurs = (url: string) => /^\/(?:Sign|Rejection|Session|openapi)(?![\w-])/.test(url);

/** Methods whose body is read. */
const WITH_BODY = ['PUT', 'PATCH', 'POST', 'QUERY'];

const tooLarge = () => new Refusal(`a request's body must have at most ${MAX_BODY_BYTES} bytes`, 413);

/** To be called once for each thread. */
export function boundBodies(): void {
	const listener: HttpListener = (request, next) => {
		const { headers } = request._nodeRequest;
		const length = headers['content-length'];
		const isChunked = headers['transfer-encoding'] !== undefined;
		if ((length === undefined && !isChunked) || !isOurs(request.url)) return next(request);
		if (Number(length) > MAX_BODY_BYTES) return refuse(request._nodeRequest);
		if (!WITH_BODY.includes(request.method)) {
			// Harper reads by these headers, and Node by its own knowledge: it drops what nobody reads
			delete headers['content-length'];
			delete headers['transfer-encoding'];
		} else if (isChunked) bound(request._nodeRequest);
		return next(request);
	};
	onHttp(listener);
}

/** Before anything of the body is read. */
function refuse(request: IncomingMessage): HttpResponse {
	dropRest(request);
	const headers = { 'Content-Type': 'application/json' };
	return { status: 413, headers, body: JSON.stringify(`Refusal: ${tooLarge().message}`) };
}

/** A body that does not say how long it is: Harper is told of an error when it is too long. */
function bound(request: IncomingMessage): void {
	let size = 0;
	intercept(request, 'data', (read: Data): Data => (chunk) => {
		const before = size;
		size += chunk.length;
		if (size <= MAX_BODY_BYTES) return read(chunk);
		if (before > MAX_BODY_BYTES) return;
		dropRest(request);
		request.emit('error', tooLarge());
	});
}

/** The client has the time to read why; then its connection ends, unless it has sent everything by then. */
function dropRest(request: IncomingMessage): void {
	let left = MAX_DROPPED_BYTES;
	request.on('data', ({ length }: Buffer) => {
		left -= length;
		if (left < 0) request.pause();
	});
	setTimeout(() => request.complete || request.socket.destroy(), LINGER_MS).unref();
}
