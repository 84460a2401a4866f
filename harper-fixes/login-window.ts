/**
 * Keeps a browser from opening its own login window over the page, which has a login form.
 *
 * Symptom: Harper challenges every request without a login by `Basic`. A browser then opens its window, also in the middle of
 * a session that ends. Test: test/page/session.test.ts. Asks Harper for `server.http(…, { runFirst: true })`, which sees the answer.
 * Delete when Harper does not challenge a request of a page.
 */
import { onHttp, type HttpRequest } from './internals.ts';

/** Call it once for each thread. */
export function challengePagesByName(): void {
	onHttp(async (request, next) => {
		const response = await next(request);
		// A 401 needs a challenge [RFC 9110, 15.5.2]; a browser opens no window for one that it does not know.
		if (response?.status === 401 && isFromPage(request)) setHeader(response.headers, 'WWW-Authenticate', 'Session');
		return response;
	});
}

function setHeader(headers: Headers | Record<string, string> | undefined, name: string, value: string): void {
	if (headers && typeof headers.set === 'function') headers.set(name, value);
}

/** An EventSource cannot send a header of its own; every fetch of the page that may be refused sends `X-Requested-With`. */
const isFromPage = ({ headers }: HttpRequest) =>
	headers.asObject.accept === 'text/event-stream' || headers.asObject['x-requested-with'] !== undefined;
