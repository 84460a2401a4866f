/**
 * Lets proxies and caches pass on Server-Sent Events at once, and answers a HEAD of them.
 *
 * Symptom: Harper's streams have no headers for proxies. nginx collects an answer in its buffer before it passes it on;
 * a proxy that compresses does so too; a cache may store a stream. A stream that is asked for with HEAD never ends.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.http` with `runFirst`, which gets Harper's response.
 * Delete when Harper sends these headers, and ends the answer to a HEAD.
 */
import { Readable } from 'node:stream';
import { setHeader } from './internals.ts';
import { classOf } from './own-paths.ts';
import { onResponse } from './responses.ts';

/** Call it once for each thread. */
export function sendStreamHeaders(): void {
	onResponse((request, response) => {
		const isStream = request.headers.asObject.accept === 'text/event-stream' && classOf(request.url);
		if (!isStream || response.status !== 200) return;
		// nginx reads this header as an order to pass on each byte
		setHeader(response, 'X-Accel-Buffering', 'no');
		setHeader(response, 'Cache-Control', 'no-store, no-transform');
		if (request.method === 'HEAD') {
			if (response.body instanceof Readable) response.body.destroy(); // ends the subscription
			response.body = undefined;
		}
	});
}
