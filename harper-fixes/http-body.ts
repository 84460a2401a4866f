/**
 * Bounds the body of a request to this application, whatever `http.maxRequestBodySize` is.
 *
 * Symptom: Harper keeps bodies of up to 10 MB while it checks whether the caller may send them: a hundred incomplete
 * bodies use a GB. It also reads the body of a GET, and an error in that body ends in `uncaughtException`.
 * Test: test/contract/limits.test.ts, test/faults/memory.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper reads a body; Harper reads a body only when a
 * header announces one, with `on('data')`.
 * Delete when Harper bounds bodies for each path, before the login.
 */
import type { IncomingMessage } from 'node:http';
import { onHttp, type HttpListener, type HttpResponse } from './internals.ts';
import { Refusal } from '../sign/refusal.ts';
import { LINGER_MS, MAX_BODY_BYTES, MAX_DROPPED_BYTES } from './bounds.ts';
import { intercept } from './intercept.ts';

type Data = (chunk: Buffer) => void;

/**
 * Whether a path is one of this application's classes (entry.js), or `openapi`, whose body Harper reads before the
 * login.
 */
export const isOurs = (url: string) => /^\/(?:Sign|History|Rejection|Session|openapi)(?![\w-])/.test(url);

/** Methods whose body is read. */
const WITH_BODY = ['PUT', 'PATCH', 'POST', 'QUERY'];

const tooLarge = () => new Refusal(`a request's body must have at most ${MAX_BODY_BYTES} bytes`, 413);

/** Call it once for each thread. */
export function boundBodies(): void {
	const listener: HttpListener = (request, next) => {
		const { headers } = request._nodeRequest;
		const length = headers['content-length'];
		const isChunked = headers['transfer-encoding'] !== undefined;
		if ((length === undefined && !isChunked) || !isOurs(request.url)) return next(request);
		if (Number(length) > MAX_BODY_BYTES) return refuse(request._nodeRequest);
		if (!WITH_BODY.includes(request.method)) {
			// Without these headers Harper does not read the body. Node drops a body that nobody reads.
			delete headers['content-length'];
			delete headers['transfer-encoding'];
		} else if (isChunked) bound(request._nodeRequest);
		return next(request);
	};
	onHttp(listener);
}

/** Refuses a request before its body is read. */
function refuse(request: IncomingMessage): HttpResponse {
	dropRest(request);
	const headers = { 'Content-Type': 'application/json' };
	return { status: 413, headers, body: JSON.stringify(`Refusal: ${tooLarge().message}`) };
}

/** Bounds a body that does not announce its length: Harper gets an error when it is too long. */
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

/** The client gets time to read the reason; then its connection is closed, unless it has sent everything by then. */
function dropRest(request: IncomingMessage): void {
	let left = MAX_DROPPED_BYTES;
	request.on('data', ({ length }: Buffer) => {
		left -= length;
		if (left < 0) request.pause();
	});
	setTimeout(() => request.complete || request.socket.destroy(), LINGER_MS).unref();
}
