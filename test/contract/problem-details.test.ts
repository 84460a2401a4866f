/** Refusals as problem details [RFC 9457], for the clients that ask for them; for all others they are one text. */
import { STATUS_CODES } from 'node:http';
import { beforeAll, expect, test } from 'vitest';
import { addAccount, newId, rest, type Account } from '../support/clients.ts';
import { send, type Sent } from '../support/http.ts';
import { refusedRequests } from '../support/refused-requests.ts';

const PROBLEM = 'application/problem+json';
const location = newId('place');
const sign = newId('problem');
const missing = newId('missing');
let viewer: Account;
let refused: Account;

beforeAll(async () => {
	viewer = await addAccount('viewer', 'sign_viewer');
	refused = await addAccount('refused');
	await rest('PUT', `/Sign/${sign}`, { location });
});

/** Also those that a cure answers before Harper. */
function requests(): ReturnType<typeof refusedRequests> {
	const form: Sent = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'a=b' };
	return [
		...refusedRequests({ sign, location, viewer, refused }),
		['PUT', `/Sign/${sign}`, form, 415, 'sent as application/json, got application/x-www-form-urlencoded'],
		['COPY', `/Sign/${sign}`, {}, 405, 'COPY is not allowed here'],
	];
}

const askFor = ([method, path, sent]: ReturnType<typeof requests>[number], accept: string) =>
	send(method, path, { ...sent, headers: { ...sent.headers, 'Accept': accept, 'Accept-Encoding': 'br' } });

test.for([
	PROBLEM,
	`application/json, ${PROBLEM}`,
	`${PROBLEM}, application/json;q=0.9, text/html;q=0.8`,
	`APPLICATION/Problem+JSON;q=0.5, */*;q=0.5`,
	`application/cbor, ${PROBLEM}; charset=utf-8`,
	`application/x-msgpack, ${PROBLEM}`,
	`text/yaml, ${PROBLEM}`,
	`text/csv, ${PROBLEM}`,
	`text/plain, ${PROBLEM}`,
	`text/html, ${PROBLEM}`,
	`text/event-stream, ${PROBLEM}`,
])('%j: every refusal is problem details', async (accept) => {
	for (const request of requests()) {
		const [method, path, , status, why] = request;
		const answer = await askFor(request, accept);
		const of = [method, path, why];
		expect([...of, answer.status, answer.type]).toEqual([...of, status, PROBLEM]);
		const { detail, ...rest } = JSON.parse(answer.text);
		expect([...of, rest]).toEqual([...of, { type: 'about:blank', title: STATUS_CODES[status], status }]);
		expect([...of, detail]).toEqual([...of, expect.stringContaining(why)]);
		expect(detail).not.toMatch(/^\w+: /);
	}
});

test.for([`${PROBLEM};q=0.8, application/json`, `${PROBLEM};q=0, */*`, 'application/*', '*/*', 'application/json'])(
	'%j: every refusal is one text in JSON',
	async (accept) => {
		for (const request of requests()) {
			const answer = await askFor(request, accept);
			expect([request[4], answer.type]).toEqual([request[4], 'application/json']);
			expect(JSON.parse(answer.text)).toMatch(/^Refusal: /);
			expect(JSON.parse(answer.text)).toContain(request[4]);
		}
	}
);

test('an answer that is no refusal is in a type that the client accepts, never in that of problems', async () => {
	const answer = await send('GET', `/Sign/${sign}`, { headers: { Accept: `${PROBLEM}, text/yaml;q=0.1` } });
	expect([answer.status, answer.type]).toEqual([200, 'text/yaml']);
	const { status, type, text } = await send('GET', `/Sign/${sign}`, { headers: { Accept: PROBLEM } });
	expect([status, type, JSON.parse(text).detail]).toEqual([
		406,
		PROBLEM,
		expect.stringContaining(`Accept must allow one of application/json, `),
	]);
});

test('the GET of a row that does not exist is a problem too', async () => {
	for (const type of ['application/json', 'application/cbor', 'text/yaml', 'text/csv']) {
		const answer = await send('GET', `/Sign/${missing}?select(id)`, { headers: { Accept: `${type}, ${PROBLEM}` } });
		expect([type, answer.type, JSON.parse(answer.text)]).toEqual([
			type,
			PROBLEM,
			{ type: 'about:blank', title: 'Not Found', status: 404, detail: `nothing is stored at /Sign/${missing}` },
		]);
	}
});

test('the GET of a row that does not exist has no body for those who do not ask for problem details', async () => {
	for (const accept of ['*/*', 'application/json', 'text/html', 'application/cbor']) {
		const answer = await send('GET', `/Sign/${missing}`, { headers: { Accept: accept } });
		// nobody who accepts no type of an answer learns whether there is a row
		expect([accept, answer.status, answer.text]).toEqual(
			accept === 'text/html' ? [accept, 406, expect.any(String)] : [accept, 404, '']
		);
	}
});

test('a HEAD that is refused has the type of problem details, and no body', async () => {
	const answer = await send('HEAD', `/Sign/${missing}`, { headers: { Accept: `application/json, ${PROBLEM}` } });
	expect([answer.status, answer.type, answer.text]).toEqual([404, PROBLEM, '']);
});
