/**
 * Gives a request over HTTP/2 the headers of HTTP/1.1 that Harper and this application read.
 *
 * Symptoms: HTTP/2 has `:authority` in place of Host [RFC 9113, 8.3.1], and a body needs no header that announces it.
 * - Harper names the cookie of a session by Host: it finds no session in a request without Origin.
 * - Harper does not read a body without Content-Length: the write is refused as empty.
 *
 * Test: test/contract/tls.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper reads the headers.
 * Delete when Harper does both.
 */
import { http2StreamOf, onHttp } from './internals.ts';

/** Call it once for each thread, after every other listener is added: they read these headers. */
export function readHttp2(): void {
	onHttp((request, next) => {
		const stream = http2StreamOf(request);
		if (stream) {
			const { asObject: headers } = request.headers;
			headers.host = headers[':authority'] ?? headers.host;
			if (!stream.endAfterHeaders && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked';
		}
		return next(request);
	});
}
