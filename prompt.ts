/**
 * Keeps a browser from opening its own login window over the page, which has a form: Harper challenges every request
 * without right to log in by `Basic`, and a browser takes that as an order, also in the middle of a session that ends.
 */
import { server } from 'harperdb';
import type { Headers } from './request.ts';

interface HttpRequest {
	headers: Headers;
}
interface HttpResponse {
	status?: number;
	headers?: { set(name: string, value: string): void };
}
type Next = (request: HttpRequest) => HttpResponse | undefined | Promise<HttpResponse | undefined>;
type Listener = (request: HttpRequest, next: Next) => Promise<HttpResponse | undefined>;

/** To be called once for each thread. */
export function challengePagesByName(): void {
	const listener: Listener = async (request, next) => {
		const response = await next(request);
		// A 401 has to have a challenge [RFC 9110, 15.5.2]; one that no browser knows opens no window.
		if (response?.status === 401 && isFromPage(request)) response.headers?.set('WWW-Authenticate', 'Session');
		return response;
	};
	(server as unknown as { http(listener: Listener, options: { runFirst: boolean }): void }).http(listener, {
		runFirst: true,
	});
}

/** An EventSource cannot send a header of its own; every fetch of the page that may be refused sends this one. */
const isFromPage = ({ headers }: HttpRequest) =>
	headers.asObject.accept === 'text/event-stream' || headers.asObject['x-requested-with'] !== undefined;
