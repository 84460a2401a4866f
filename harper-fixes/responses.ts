/**
 * One HTTP listener for all cures that read or change responses: each listener costs every request a promise. Delete it with the last cure that calls it.
 */
import { onHttp, type HttpRequest, type HttpResponse } from './internals.ts';

type ResponseListener = (request: HttpRequest, response: HttpResponse) => void;

const listeners: ResponseListener[] = [];

/** Calls `listener` for the response to each HTTP request. The listener added first is called first. */
export const onResponse = (listener: ResponseListener) => void listeners.push(listener);

/** Call it once for each thread, after the listeners that refuse a request are added: their responses are read too. */
export function readResponses(): void {
	onHttp(async (request, next) => {
		const response = await next(request);
		if (response) for (const listener of listeners) listener(request, response);
		return response;
	});
}
