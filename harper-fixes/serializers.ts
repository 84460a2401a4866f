/**
 * Answers that a person can read in `text/plain`, and refusals in `text/csv`.
 *
 * Symptom: in `text/plain` a row is `[object Object]`, and it has no charset. In `text/csv` a refusal is a table with a
 * column for each letter, a failed login throws, and a single value that is no text is never answered.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.contentTypes`. Harper passes a refusal as a string, and sets the Content-Type before.
 * Delete when Harper writes both as JSON.
 */
import { harperServer, setHeader, type HttpResponse } from './internals.ts';

/** Call it once for each thread. */
export function writeReadably(): void {
	const { contentTypes } = harperServer;
	const json = contentTypes.get('application/json')!;
	const plain = contentTypes.get('text/plain')!;
	plain.type = 'text/plain; charset=utf-8';
	plain.serialize = (data) => (typeof data === 'string' ? data : json.serialize!(data));
	plain.serializeStream = (rows, response) => json.serializeStream!(rows, response);

	const csv = contentTypes.get('text/csv')!;
	const { serialize } = csv;
	csv.serialize = (data, response?: HttpResponse) => {
		if (response && typeof data === 'object' && data !== null) return serialize!.call(csv, data, response);
		if (response) setHeader(response, 'Content-Type', 'application/json');
		return json.serialize!(data);
	};
}
