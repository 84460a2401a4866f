/**
 * What HTTP clients other than our page send: any Accept, any Content-Type, a `?` at the end, queries that others
 * understand. Harper streamed rows without an envelope and never ended, wrote and then answered 406, or answered 500.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { METHODS } from 'node:http';
import mqtt from 'mqtt';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { FIELDS } from '../../sign/fields.ts';
import {
	addAccount,
	mqttUrl,
	get,
	newId,
	rest,
	url,
	webSocketUrl,
	type Account,
	type SignEvent,
} from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { send, type Sent } from '../support/http.ts';
import { rawConnection } from '../support/raw.ts';
import { refusedRequests } from '../support/refused-requests.ts';

const location = newId('place');
const signs = ['c', 'a', 'b'].map((name) => newId(name));
const [sign] = signs as [string];
let viewer: Account;
/** An account with a rejection. */
let refused: Account;

beforeAll(async () => {
	viewer = await addAccount('viewer', 'sign_viewer');
	refused = await addAccount('refused');
	const client = await mqtt.connectAsync(mqttUrl, { protocolVersion: 5, ...refused });
	await client.publishAsync(`Sign/${sign}`, '{"speed":0}', { qos: 1 }).catch(() => {});
	await client.endAsync();
	const brightness = [3, 12, 7];
	for (const [n, id] of signs.entries())
		await rest('PUT', `/Sign/${id}`, { location, brightness: brightness[n]!, power: n === 1, message: `m${9 - n}` });
	await rest('PATCH', `/Sign/${sign}`, { speed: 99 });
});

const REJECTION = () => `/Rejection/${refused.username}`;

/** The paths that have events, and an account that may read them. */
const streams = (): [path: string, account: Account][] => [
	['/Sign/', viewer],
	[`/Sign/${sign}`, viewer],
	[REJECTION(), refused],
];

/** Reads a stream until its first event. */
const toFirstEvent: Partial<Sent> = { until: (text) => /^data: \{.*"value":\{.*\n\n/m.test(text) };

describe('Accept', () => {
	test.for([
		'text/event-stream',
		'Text/Event-Stream',
		' text/event-stream ',
		'text/event-stream, */*',
		'text/event-stream,*/*;q=0.1',
		'text/event-stream; charset=utf-8',
		'text/event-stream;charset="utf,8", application/json;q=0.9',
		'application/json; q=0.2, TEXT/EVENT-STREAM; Q=0.3',
		'*/*;q=0.5, text/event-stream',
		'text/event-stream, application/json',
		'text/*;q=0.1, text/event-stream;q=1.000',
	])('%j opens the stream of the contract', async (accept) => {
		for (const [path, account] of streams()) {
			const headers = { 'Accept': accept, 'Accept-Encoding': 'gzip, deflate, br' };
			const answer = await send('GET', path, { headers, account, ...toFirstEvent });
			expect([path, answer.status, answer.type]).toEqual([path, 200, 'text/event-stream']);
			expect(answer.text, path).toMatch(/^event: heartbeat\ndata: \S+\n\ndata: \{"id":/);
			// row 7: a proxy passes it on at once, as it is
			expect(answer.headers).toMatchObject({
				'x-accel-buffering': 'no',
				'cache-control': 'no-store, no-transform',
			});
			expect(answer.headers['content-encoding']).toBeUndefined();
		}
	});

	test.for([
		[undefined, 'application/json'],
		['', 'application/json'],
		['*/*', 'application/json'],
		['application/*', 'application/json'],
		['APPLICATION/JSON;q=1', 'application/json'],
		['text/event-stream;q=0, */*', 'application/json'],
		['text/event-stream;q=0.5, application/json', 'application/json'],
		['application/json, text/event-stream', 'application/json'],
		['*/*, text/event-stream;q=0.9', 'application/json'],
		['text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8', 'application/json'],
		['application/json;q=x', 'application/json'],
		['text/*', 'text/plain'],
		['text/plain, */*;q=0.5', 'text/plain'],
		['application/json;q=0, */*', 'text/plain'],
		['application/json;q=0.1, application/cbor;q=0.2', 'application/cbor'],
		['application/x-msgpack', 'application/x-msgpack'],
		['text/csv', 'text/csv'],
		['text/yaml', 'text/yaml'],
	] as const)('%j is answered in %s', async ([accept, type]) => {
		const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
		for (const path of ['/Sign/', `/Sign/${sign}`, `/History/${sign}`, REJECTION(), '/Session/']) {
			const answer = await send('GET', path, { headers, account: refused });
			expect([path, answer.status, answer.type]).toEqual([path, 200, type]);
			expect(answer.text).not.toContain('[object Object]');
			if (type === 'text/plain') JSON.parse(answer.text);
		}
	});

	test.for(['text/html', 'image/png', '*/*;q=0', 'application/x-www-form-urlencoded', 'text/event-stream;q=0'])(
		'%j cannot be answered: 406 says in what it can',
		async (accept) => {
			for (const path of ['/Sign/', `/Sign/${sign}`, `/History/${sign}`, REJECTION(), '/Session/']) {
				const answer = await send('GET', path, { headers: { Accept: accept }, account: refused });
				expect([path, answer.status]).toEqual([path, 406]);
				expect(answer.text).toContain('Accept must allow one of application/json, ');
				expect(answer.text).toContain(`got ${accept}`);
				const head = await send('HEAD', path, { headers: { Accept: accept }, account: refused });
				expect([head.status, head.text]).toEqual([406, '']);
			}
		}
	);

	test.for([
		['/Session/', 'a session has no events: use GET'],
		['/History/x', 'a history has no events: use GET, or the events of /Sign/<id>'],
	] as const)('%s has no events, over Server-Sent Events and WebSocket', async ([path, reason]) => {
		const stream = await send('GET', path, { headers: { Accept: 'text/event-stream' } });
		expect([stream.status, stream.type]).toEqual([406, 'application/json']);
		const socket = new WebSocket(`${webSocketUrl()}${path}`);
		onTestFinished(() => socket.terminate());
		const [code, received] = await once(socket, 'close');
		expect([code, String(received)]).toEqual([1008, `Refusal: ${reason}`]);
	});

	test('a HEAD has the headers of the GET, and ends', async () => {
		for (const [path, account] of streams())
			for (const [accept, type] of [
				['text/event-stream', 'text/event-stream'],
				['*/*', 'application/json'],
			] as const) {
				const {
					status,
					type: answered,
					text,
					headers,
				} = await send('HEAD', path, { headers: { Accept: accept }, account });
				expect([status, answered, text]).toEqual([200, type, '']);
				expect(headers['cache-control']).toBe(accept === '*/*' ? undefined : 'no-store, no-transform');
			}
	});

	test('a write with it is a write', async () => {
		const id = newId('written');
		for (const [n, accept] of ['text/event-stream', 'text/event-stream, */*', 'text/html', 'image/png'].entries()) {
			const headers = { 'Accept': accept, 'Content-Type': 'application/json' };
			for (const method of ['PUT', 'PATCH']) {
				const body = JSON.stringify({ message: `${method} ${n}` });
				expect(await send(method, `/Sign/${id}`, { headers, body })).toMatchObject({ status: 204, text: '' });
				expect((await get(id))?.message).toBe(`${method} ${n}`);
			}
			expect((await send('DELETE', `/Sign/${id}`, { headers })).status).toBe(204);
			expect(await get(id)).toBeNull();
		}
	});

	test('of the request that opens a WebSocket changes no message to a text that is none of JSON', async () => {
		for (const accept of ['text/html', 'text/plain', 'text/event-stream', 'text/csv', 'image/png', '*/*', '']) {
			const { feed } = await open(`/Sign/${sign}`, { Accept: accept });
			expect(await feed.until(() => true)).toMatchObject({ id: sign, type: 'put', value: { id: sign } });
		}
	});

	test('none of them was a failure of the server', async () => {
		expect(await readFile(inject('logFile'), 'utf8')).not.toMatch(/uncaughtException|unhandledRejection/);
	});
});

/** Opens a WebSocket whose messages are JSON. */
async function open(path: string, headers: Record<string, string> = {}) {
	const socket = new WebSocket(webSocketUrl() + path, { headers: { Authorization: basic(ADMIN), ...headers } });
	const feed = new Feed<SignEvent>(`WebSocket ${path} ${JSON.stringify(headers)}`);
	socket.on('message', (data) => feed.push(JSON.parse(String(data))));
	socket.on('error', () => {});
	onTestFinished(() => socket.terminate());
	await once(socket, 'open');
	return { socket, feed };
}

describe('a question mark at the end of a URL', () => {
	test.for(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE'])('changes no answer to %s', async (method) => {
		const absent = newId('absent');
		for (const path of [
			'/Sign/',
			'/Sign',
			`/Sign/${absent}`,
			`/History/${absent}`,
			REJECTION(),
			'/Rejection/',
			'/Session/',
			'/Session',
		]) {
			const ask = (path: string) =>
				send(method, path, { account: refused, headers: { 'Content-Type': 'application/json' }, body: '{}' });
			const [without, withMark] = [await ask(path), await ask(`${path}?`)];
			expect(withMark.status, path).toBeLessThan(500);
			// other tests write at the same time
			if (!/^\/Sign\/?$/.test(path)) expect([path, withMark.text]).toEqual([path, without.text]);
			expect([path, withMark.status, withMark.type]).toEqual([path, without.status, without.type]);
		}
	});

	test('and a missing slash change no signs: GET, PATCH, Server-Sent Events and WebSocket take all', async () => {
		for (const path of ['/Sign', '/Sign?', '/Sign/?', '/Sign/']) {
			const ids = (JSON.parse((await send('GET', path)).text) as { id: string }[]).map(({ id }) => id);
			expect(ids, path).toEqual(expect.arrayContaining(signs));
			const body = { headers: { 'Content-Type': 'application/json' }, body: '{}' };
			expect(JSON.parse((await send('PATCH', path, body)).text).updated).toBeGreaterThanOrEqual(signs.length);
			const until = (text: string) => text.includes(`data: {"id":"${sign}"`);
			expect((await send('GET', path, { headers: { Accept: 'text/event-stream' }, until })).status).toBe(200);
			const { feed } = await open(path);
			await feed.until(({ id }) => id === sign);
		}
		for (const [path, account] of streams()) {
			const answer = await send('GET', `${path}?`, {
				headers: { Accept: 'text/event-stream' },
				account,
				...toFirstEvent,
			});
			expect([path, answer.status]).toEqual([path, 200]);
		}
	});
});

const JSON_TYPES = [
	'application/json',
	'Application/JSON',
	'application/json ; charset=utf-8',
	'application/json;charset="UTF-8"',
	'application/json; charset',
	'application/merge-patch+json',
	'Application/Merge-Patch+JSON; charset=utf-8',
	undefined,
];
const OTHER_TYPES = [
	['text/plain;charset=UTF-8', 'text/plain'],
	['text/json', 'text/json'],
	['application/xml', 'application/xml'],
	['application/octet-stream', 'application/octet-stream'],
	['multipart/form-data; boundary=x', 'multipart/form-data'],
	['application/jsonx', 'application/jsonx'],
	['json', 'json'],
	['*/*', '*/*'],
] as const;
const FORM = 'application/x-www-form-urlencoded';

const typed = (type: string | undefined): Record<string, string> =>
	type === undefined ? {} : { 'Content-Type': type };

describe('Content-Type', () => {
	test.for(JSON_TYPES)('%j is JSON for a write, a login and a WebSocket', async (type) => {
		const id = newId('typed');
		for (const [n, method] of ['PUT', 'PATCH'].entries()) {
			const body = `{"message":"ä${n}"}`;
			expect(await send(method, `/Sign/${id}`, { headers: typed(type), body })).toMatchObject({
				status: 204,
				text: '',
			});
			expect((await get(id))?.message).toBe(`ä${n}`);
		}
		const body = JSON.stringify(viewer);
		const login = await send('POST', '/Session/', { headers: typed(type), body, account: null });
		expect(login).toMatchObject({ status: 200, text: `{"user":"${viewer.username}","role":"sign_viewer"}` });
		const { socket, feed } = await open(`/Sign/${id}`, typed(type));
		socket.send('{"message":"ws"}');
		await feed.until(({ value }) => value?.message === 'ws');
	});

	test.for([...OTHER_TYPES, [FORM, FORM] as const])('%j is refused with what to send', async ([type, name]) => {
		const id = newId('typed');
		const why = `payload must be a JSON object, sent as application/json, got ${name}`;
		for (const path of [`/Sign/${id}`, `/Sign/?location=${location}`])
			for (const method of path.includes('?') ? ['PATCH'] : ['PUT', 'PATCH']) {
				const answer = await send(method, path, { headers: typed(type), body: '{"message":"x"}' });
				expect([answer.status, answer.text]).toEqual([415, `"Refusal: ${why}"`]);
				// others learn nothing of it
				const stranger = await send(method, path, { headers: typed(type), body: '{}', account: null });
				expect(stranger.status).toBe(401);
			}
		const { socket, feed } = await open(`/Sign/${id}`, typed(type));
		for (const n of [1, 2]) {
			socket.send('{"message":"x"}');
			await feed.until(() => feed.received.length === n);
			expect(feed.last).toEqual({ type: 'error', status: 415, message: why });
		}
		expect(await get(id)).toBeNull();
		expect((await get(sign))?.message).toBe('m9');
	});

	test.for(OTHER_TYPES)('%j is refused for a login, which takes JSON and forms', async ([type, name]) => {
		const why = `payload must be a JSON object, sent as application/json, or a form, sent as ${FORM}, got ${name}`;
		const answer = await send('POST', '/Session/', {
			headers: typed(type),
			body: JSON.stringify(viewer),
			account: null,
		});
		expect([answer.status, answer.text]).toEqual([415, `"Refusal: ${why}"`]);
	});

	test('a form logs in, in any case of its type', async () => {
		const body = String(new URLSearchParams({ ...viewer }));
		for (const type of [FORM, `${FORM}; charset=UTF-8`, 'Application/X-WWW-Form-URLencoded'])
			expect((await send('POST', '/Session/', { headers: typed(type), body, account: null })).status).toBe(200);
	});

	test('a compressed body is refused with what to send', async () => {
		const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
		const answer = await send('PUT', `/Sign/${newId('zipped')}`, { headers, body: '\x1f\x8b' });
		expect(answer).toMatchObject({
			status: 415,
			text: '"Refusal: payload must be sent without Content-Encoding, got gzip"',
		});
	});
});

/** Node's own client takes the answer to a CONNECT for a tunnel. */
async function askRaw(method: string, path: string, accept: string): Promise<string> {
	const { host, port } = new URL(url);
	const { write, untilClosed } = await rawConnection(port);
	const headers = { Host: host, Connection: 'close', Accept: accept, Authorization: basic(ADMIN) };
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
	write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
	return String(await untilClosed());
}

describe('a request that cannot be answered, or is refused', () => {
	const json = { 'Content-Type': 'application/json' };

	test.for(['text/html', 'image/png', 'text/event-stream', '*/*;q=0'])(
		'%s: a PATCH by query and a login are refused before they change anything',
		async (accept) => {
			const headers = { ...json, Accept: accept };
			const patch = await send('PATCH', `/Sign/?location=${location}`, { headers, body: '{"message":"changed"}' });
			expect([patch.status, patch.text]).toEqual([
				406,
				expect.stringContaining('Accept must allow one of application/json, '),
			]);
			for (const [n, id] of signs.entries()) expect((await get(id))?.message).toBe(`m${9 - n}`);
			const login = await send('POST', '/Session/', { headers, body: JSON.stringify(viewer), account: null });
			expect([login.status, login.headers['set-cookie']]).toEqual([406, undefined]);
		}
	);

	test.for([
		['text/html', 'text/html'],
		['application/xhtml+xml, text/html;q=0.9', 'text/html'],
		['text/plain', 'text/plain'],
		['text/html, */*;q=0.8', 'application/json'],
		['text/csv', 'application/json'],
		['image/png', 'application/json'],
		['*/*;q=0', 'application/json'],
	] as const)('%s: a refusal has its reason, in %s', async ([accept, type]) => {
		for (const [method, path, sent, status, why] of refusedRequests({ sign, location, viewer, refused })) {
			const headers = { ...sent.headers, 'Accept': accept, 'Accept-Encoding': 'br' };
			const answer = await send(method, path, { ...sent, headers });
			expect([method, path, answer.status, answer.text]).toEqual([method, path, status, expect.stringContaining(why)]);
			// those that are refused before Harper is asked are JSON also for those who would like plain text
			if (type !== 'text/plain') expect([why, answer.type]).toEqual([why, type]);
			expect(answer.text).not.toContain('[object Object]');
		}
	});

	test('in HTML shows what was received as text', async () => {
		const headers = { ...json, Accept: 'text/html' };
		const { text } = await send('PATCH', `/Sign/${sign}`, { headers, body: '{"<script>":0}' });
		expect(text).toContain('unknown field &quot;&lt;script&gt;&quot;, got 0');
		expect(text).not.toContain('<script>');
	});

	test.for([
		['/Sign/', 'GET, HEAD, PATCH, OPTIONS'],
		['/Sign/?location=x', 'GET, HEAD, PATCH, OPTIONS'],
		['/Sign/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
		['/Rejection/x', 'GET, HEAD, OPTIONS'],
		['/History/x', 'GET, HEAD, OPTIONS'],
		['/History/', 'GET, HEAD, OPTIONS'],
		['/Session/', 'GET, HEAD, POST, DELETE, OPTIONS'],
	] as const)('%s names the methods that it has', async ([path, allow]) => {
		const options = await send('OPTIONS', path);
		expect([options.status, options.headers.allow]).toEqual([204, allow]);
		for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'].filter((method) => !allow.includes(method))) {
			const answer = await send(method, path, { headers: json, body: '{}' });
			expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, allow]);
		}
	});

	test.for(['/Sign/', '/Sign/x', '/History/x', '/Rejection/x', '/Session/'])(
		'%s has no other method, whatever is accepted',
		async (path) => {
			const others = METHODS.filter((method) => !'GET HEAD OPTIONS POST PUT PATCH DELETE'.includes(method));
			const types = ['application/json', 'text/yaml', 'text/csv', 'application/cbor', 'application/x-msgpack'];
			const { headers } = await send('OPTIONS', path);
			for (const accept of [...types, 'text/event-stream', 'text/html', '*/*']) {
				const answers = await Promise.all(others.map((method) => askRaw(method, path, accept)));
				for (const [n, answer] of answers.entries()) {
					const of = [others[n], accept];
					expect([...of, answer.split('\r\n', 1)[0]]).toEqual([...of, 'HTTP/1.1 405 Method Not Allowed']);
					expect([...of, /^allow: (.*)\r$/im.exec(answer)?.[1]]).toEqual([...of, headers.allow]);
					expect([...of, answer]).toEqual([...of, expect.stringContaining('is not allowed here')]);
				}
			}
		}
	);
});

describe('a query', () => {
	test.for([
		['_=1', '"_"'],
		['limit=1', '"limit"'],
		['offset=5&limit=1', '"offset"'],
		['sort=-updatedAt', '"sort"'],
		['select=id', '"select"'],
		['nosuch=1', '"nosuch"'],
		['Location=hall', '"Location"'],
		['location=hall&_=1', '"_"'],
		['_=1&location=hall&limit(1)', '"_"'],
		['(location=hall|nosuch=1)&power=true', '"nosuch"'],
		['location.x=1', '"location.x"'],
		['nosuch=gt=1', '"nosuch"'],
		['sort(nosuch)', '"nosuch"'],
		['sort(message,-nosuch)', '"nosuch"'],
		['select(id,nosuch)', '"nosuch"'],
		['nosuch', '"nosuch"'],
		['=1', '""'],
	] as const)('?%s is refused, and names %s', async ([query, name]) => {
		for (const method of ['GET', 'PATCH']) {
			const body = method === 'PATCH' ? { headers: typed('application/json'), body: '{"message":"changed"}' } : {};
			const { status, text } = await send(method, `/Sign/?${query}`, body);
			expect([method, status, JSON.parse(text)]).toEqual([
				method,
				400,
				expect.stringContaining(`query must name fields of a sign, got ${name}: `),
			]);
		}
		expect((await send('HEAD', `/Sign/?${query}`)).status).toBe(400);
		expect((await get(sign))?.message).toBe('m9');
	});

	test.for([
		'location=xx=1',
		'foo(1)',
		'sort()',
		'sort(message',
		'select(id',
		'limit(x)',
		'limit()',
		'select()',
		'location=a&power=b|id=c',
	])('?%s is refused with what a query has', async (query) => {
		const { status, text } = await send('GET', `/Sign/?${query}`);
		expect([status, text]).toEqual([
			400,
			expect.stringMatching(/Refusal: query must (consist of conditions|limit by numbers|select fields)/),
		]);
	});

	test.for<[query: string, rule: string]>([
		['(location=hall', 'close its brackets'],
		['((location=hall)&power=true', 'close its brackets'],
		['location=hall&[brightness=gt=1', 'close its brackets'],
		['location=hall|limit(1)', 'join select, sort and limit by &'],
		['sort(location)|location=hall', 'join select, sort and limit by &'],
		['(location=hall&limit(1))&power=true', 'have select, sort and limit outside of brackets'],
		['power=yes', 'compare power with true or false, got "yes"'],
		['online!=1&location=hall', 'compare online with true or false, got "1"'],
		['(power=null|location=hall)', 'compare power with true or false, got "null"'],
		['brightness=lt=', 'compare brightness with a number, got ""'],
		['revision=abc', 'compare revision with a number, got "abc"'],
		['location=x|speed=gt=fast', 'compare speed with a number, got "fast"'],
		['brightness=gt=1&=lt=x', 'compare brightness with a number, got "x"'],
	])('?%s is refused on GET, PATCH and a stream: it must %s', async ([query, rule]) => {
		const path = `/Sign/?${query}`;
		const patch: Sent = { headers: { 'Content-Type': 'application/json' }, body: '{"message":"changed"}' };
		const stream: Sent = { headers: { Accept: 'text/event-stream' } };
		for (const answer of [await send('GET', path), await send('PATCH', path, patch), await send('GET', path, stream)])
			expect([answer.status, answer.text.replaceAll('\\"', '"')]).toEqual([400, expect.stringContaining(rule)]);
		const socket = new WebSocket(webSocketUrl() + path, { headers: { Authorization: basic(ADMIN) } });
		onTestFinished(() => socket.terminate());
		const [code, reason] = await once(socket, 'close');
		expect([code, String(reason)]).toEqual([1008, expect.stringMatching(/^Refusal: query must /)]);
	});

	test.for([
		'location=ct=a(b',
		'location=a(b)',
		'location=)',
		'(location=a)',
		'power=TRUE',
		'speed=ct=1',
		'limit(1)&power=true',
	])('?%s is answered', async (query) => expect((await send('GET', `/Sign/?${query}`)).status).toBe(200));

	test('is refused where it would be ignored', async () => {
		for (const [method, path] of [
			['GET', `/Sign/${sign}?_=1`],
			['GET', `/Sign/${sign}?location=nowhere`],
			['GET', `/Sign/${sign}?limit(1)`],
			['PUT', `/Sign/${sign}?location=nowhere`],
			['PATCH', `/Sign/${sign}?_=1`],
			['DELETE', `/Sign/${sign}?location=nowhere`],
			['GET', `${REJECTION()}?_=1`],
			['GET', '/Session/?_=1'],
			['POST', '/Session/?_=1'],
			['DELETE', '/Session/?_=1'],
		] as const) {
			const body = method === 'GET' ? {} : { headers: typed('application/json'), body: '{"message":"changed"}' };
			const { status, text } = await send(method, path, { ...body, account: refused });
			expect([method, path, status, text]).toEqual([
				method,
				path,
				400,
				expect.stringMatching(/query must stand on|has a query/),
			]);
			expect(text).toContain(`got ?${path.split('?')[1]}`);
		}
		expect((await get(sign))?.message).toBe('m9');
		expect((await send('GET', `/Sign/${sign}?select(message)`)).text).toBe('"m9"');
	});

	type Rows = Record<string, string | number | boolean | null>[];
	/** Null comes before every text. Locations, which have an index, are ordered by code points, other texts by UTF-16 units. */
	const isBefore = (one: Rows[number], other: Rows[number], field: string) => {
		const [a, b] = [one[field] ?? '', other[field] ?? ''];
		return field === 'location' ? Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`)) < 0 : a < b;
	};
	const rows = async (query: string): Promise<Rows> => JSON.parse((await send('GET', `/Sign/?${query}`)).text);
	/** Whether the values never decrease, or never increase. */
	const isSorted = (all: Rows, field: string, sign: 1 | -1) =>
		all.every(
			(row, n) =>
				n === 0 || row[field] === all[n - 1]![field] || sign * (isBefore(row, all[n - 1]!, field) ? -1 : 1) >= 0
		);

	/** A condition that each sign fulfils. */
	const conditionOn = (field: string) => {
		if (field === 'updatedAt') return 'updatedAt=gt=2000-01-01';
		if (field === 'noticeUntil') return '(noticeUntil=null|noticeUntil!=null)';
		if (['power', 'online'].includes(field)) return `(${field}=true|${field}=false)`;
		const isNumber = ['brightness', 'speed', 'revision', 'shownRevision'].includes(field);
		return isNumber ? `${field}=ge=0` : `${field}=ne=x`;
	};

	test('sorts the texts in which code points and UTF-16 units have another order', async () => {
		const [early, late] = [newId('early'), newId('late')];
		for (const [id, text] of [
			[early, '\uff61'],
			[late, '\u{1f600}'],
		])
			await rest('PUT', `/Sign/${id}`, { location: text, message: text });
		const order = async (query: string) =>
			(await rows(query)).map(({ id }) => id).filter((id) => id === early || id === late);
		expect(await order('sort(location)')).toEqual([early, late]);
		expect(await order('sort(-location)')).toEqual([late, early]);
		expect(await order('sort(message)')).toEqual([late, early]);
	});

	test.for(FIELDS)('sorts by %s, in both directions, with and without conditions', async (field) => {
		for (const [order, sign] of [
			[field, 1],
			[`+${field}`, 1],
			[`%2B${field}`, 1],
			[`-${field}`, -1],
		] as const)
			for (const conditions of ['', `location=${location}&`, `(id=x|location=${location})&${conditionOn(field)}&`]) {
				const sorted = await rows(`${conditions}sort(${order})`);
				expect(sorted.length, conditions).toBeGreaterThanOrEqual(signs.length);
				expect(isSorted(sorted, field, sign), `${conditions}sort(${order})`).toBe(true);
			}
	});

	test('sorts by several fields, then limits and selects', async () => {
		const ids = (query: string) => rows(`location=${location}&${query}`) as Promise<unknown>;
		expect(await ids('sort(-brightness)&limit(2)&select(id)')).toEqual([signs[1], signs[2]]);
		expect(await ids('sort(power,-message)&select(id)')).toEqual([signs[0], signs[2], signs[1]]);
		// the first was written last
		expect(await ids('sort(-updatedAt)&select(id)')).toEqual([signs[0], signs[2], signs[1]]);
		expect(await ids('brightness=gt=4&sort(-brightness)&select(id)')).toEqual([signs[1], signs[2]]);
		expect(await ids('sort(-revision)&limit(1)&select(id)')).toEqual([signs[0]]);
		expect(await rows('limit(2)')).toHaveLength(2);
	});

	test('sorts what a comparison of ids selects, of which Harper has no index', async () => {
		const [c, a, b] = signs as [string, string, string];
		for (const conditions of [
			`id=ne=${a}&location=${location}`,
			`id=ct=${a.slice(1)}`,
			`id=ew=${a.slice(1)}`,
			`(id=ew=${c.slice(1)}|location=${location})`,
			`id!=${a}&id=ct=-`,
		]) {
			const read = async (sort: string) => {
				const ids = (await rows(`${conditions}&${sort}select(id)`)) as unknown as string[];
				return ids.filter((id) => signs.includes(id)); // other tests make and remove signs meanwhile
			};
			const unsorted = await read('');
			expect(unsorted.length, conditions).toBeGreaterThan(0);
			expect(await read('sort(-id)&'), conditions).toEqual([...unsorted].sort().reverse());
		}
		expect(await rows(`id!=${b}&id=ct=${c}&sort(message)&select(id)`)).toEqual([c]);
	});

	test('reads the characters that encodeURIComponent and forms leave or write alike in all queries', async () => {
		for (const place of ['Gate 2', 'a+b', 'Open!', '(north) hall', "it's *new*~", '!', 'x=1', 'sort(+a)'].map(
			(name) => `${name} ${newId()}`
		)) {
			const id = newId();
			await rest('PUT', `/Sign/${id}`, { location: `${place}!` });
			const byComponent = encodeURIComponent(`${place}!`);
			const byForm = String(new URLSearchParams({ location: `${place}!` })).slice('location='.length);
			for (const value of [byComponent, byForm])
				for (const query of [`location=${value}`, `location=${value}&brightness=gt=1`, `speed=ne=0&location=${value}`])
					expect([query, await rows(`${query}&select(id)`)]).toEqual([query, [id]]);
		}
	});

	test('PATCH merges into the first signs of an order', async () => {
		const place = newId('place');
		const ids = ['x', 'y', 'z'].map((name) => newId(name));
		for (const [n, id] of ids.entries())
			await rest('PUT', `/Sign/${id}`, { location: place, brightness: [5, 9, 1][n]! });
		const sent = { headers: typed('application/json'), body: '{"message":"brightest"}' };
		const answer = await send('PATCH', `/Sign/?location=${place}&sort(-brightness)&limit(1)`, sent);
		expect(answer).toMatchObject({ status: 200, text: '{"updated":1}' });
		expect(await Promise.all(ids.map(async (id) => (await get(id))?.message))).toEqual(['', 'brightest', '']);
	});
});
