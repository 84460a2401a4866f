/**
 * Prevents a browser from opening its own login window over the page, which has a login form.
 *
 * Symptom: Harper challenges every request without a login with `Basic`. A browser then opens its window, also when a
 * session ends.
 * Test: test/page/session.test.ts.
 * Depends on: `server.http` with `runFirst`, which gets Harper's response.
 * Delete when Harper does not challenge a request of a page.
 */
import { setHeader, type HttpRequest } from './internals.ts';
import { onResponse } from './responses.ts';

/** Call it once for each thread. */
export function challengePagesByName(): void {
	onResponse((request, response) => {
		// A 401 needs a challenge [RFC 9110, 15.5.2]; a browser opens no window for a scheme that it does not know.
		if (response.status === 401 && isFromPage(request)) setHeader(response, 'WWW-Authenticate', 'Session');
	});
}

/** An EventSource cannot send custom headers; every fetch of the page that may be refused sends `X-Requested-With`. */
const isFromPage = ({ headers }: HttpRequest) =>
	headers.asObject.accept === 'text/event-stream' || headers.asObject['x-requested-with'] !== undefined;
