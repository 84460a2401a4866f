/** `Session`: the account of the caller, and the login with a cookie. */
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { addAccount, newId, operation, rest, url } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';

/** Keeps the cookie, as a browser does. */
function browser(origin?: string) {
	let cookie = '';
	const ask = async (method: string, path: string, body?: object | string) => {
		const headers: Record<string, string> = { 'Content-Type': 'application/json', 'Cookie': cookie };
		if (origin) headers.Origin = origin;
		const payload = typeof body === 'object' ? JSON.stringify(body) : (body ?? null);
		const answer = await fetch(url + path, { method, headers, body: payload });
		const set = answer.headers.get('set-cookie');
		if (set) cookie = set.split(';')[0]!;
		return { status: answer.status, text: await answer.text() };
	};
	const whoami = async () => JSON.parse((await ask('GET', '/Session')).text);
	return { ask, whoami, get: () => cookie, set: (value: string) => (cookie = value) };
}

const NOBODY = { user: null, role: null };

test('a login gives a cookie with the rights of the account, and a logout takes them', async () => {
	const account = await addAccount('operator', 'sign_operator');
	const page = browser();
	expect(await page.whoami()).toEqual(NOBODY);
	expect((await page.ask('GET', '/Sign/')).status).toBe(401);
	expect((await page.ask('POST', '/Session', account)).status).toBe(200);
	expect(await page.whoami()).toEqual({ user: account.username, role: 'sign_operator' });
	expect((await page.ask('PUT', `/Sign/${newId()}`, { message: 'x' })).status).toBe(204);
	const used = page.get();
	expect((await page.ask('DELETE', '/Session')).status).toBe(204);
	page.set(used);
	expect(await page.whoami()).toEqual(NOBODY);
});

test('after a login the session id from before has no right, also one that someone planted', async () => {
	const viewer = await addAccount('viewer', 'sign_viewer');
	const operator = await addAccount('operator', 'sign_operator');
	const page = browser();
	await page.ask('POST', '/Session', viewer);
	const before = page.get();
	const planted = before.replace(/=.*/, '=planted');
	for (const known of [before, planted]) {
		page.set(known);
		await page.ask('POST', '/Session', operator);
		expect(page.get()).not.toBe(known);
		expect(await page.whoami()).toMatchObject({ user: operator.username });
		page.set(known);
		expect(await page.whoami()).toEqual(NOBODY);
	}
});

test('a cookie is none for the request of a foreign page', async () => {
	const account = await addAccount('operator', 'sign_operator');
	const page = browser();
	await page.ask('POST', '/Session', account);
	const foreign = browser('http://evil.example');
	foreign.set(page.get());
	expect((await foreign.ask('GET', '/Sign/')).status).toBe(401);
});

test('a foreign page cannot log a browser in', async () => {
	const account = await addAccount('operator', 'sign_operator');
	expect((await browser('http://evil.example').ask('POST', '/Session', account)).status).toBe(403);
	expect((await browser(url).ask('POST', '/Session', account)).status).toBe(200);
});

/** A request with exactly these headers, as a proxy passes it on. */
function asProxy(method: string, path: string, headers: Record<string, string>, body?: object) {
	return new Promise<{ status: number; text: string; cookies: string[] }>((done, fail) => {
		const all = { 'Content-Type': 'application/json', ...headers };
		const sent = request(url + path, { method, headers: all, agent: false }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part) => (text += part));
			const { statusCode: status = 0, headers } = response;
			response.on('end', () => done({ status, text, cookies: headers['set-cookie'] ?? [] }));
		});
		sent.on('error', fail).end(body && JSON.stringify(body));
	});
}

/** A page of this origin, behind a proxy that sends the address of its upstream as Host. */
const PROXIED = { 'Origin': 'https://signs.example.org', 'Host': 'upstream', 'Sec-Fetch-Site': 'same-origin' };

test('behind a proxy that sends another Host a session begins, counts in each request of the page, and ends', async () => {
	const account = await addAccount('operator', 'sign_operator');
	const { status, cookies } = await asProxy('POST', '/Session', PROXIED, account);
	expect(status).toBe(200);
	for (const cookie of cookies) expect(cookie, 'the browser speaks https').toMatch(/; Secure$/);
	const headers = { Host: 'upstream', Cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') };
	const whoami = async (more: object) => JSON.parse((await asProxy('GET', '/Session', { ...headers, ...more })).text);
	expect(await whoami({}), 'a GET has no Origin').toMatchObject({ user: account.username });
	expect((await asProxy('PUT', `/Sign/${newId()}`, { ...PROXIED, ...headers }, {})).status).toBe(204);
	expect(await whoami({ Origin: 'https://evil.example' })).toEqual(NOBODY);
	const ended = await asProxy('DELETE', '/Session', { ...PROXIED, ...headers });
	expect(ended.cookies.map((cookie) => cookie.split('=')[0])).toEqual(cookies.map((cookie) => cookie.split('=')[0]));
	expect(await whoami({})).toEqual(NOBODY);
});

test('where the browser does not say that a page is of the own origin, the refusal says what a proxy must do', async () => {
	const account = await addAccount('operator', 'sign_operator');
	const { 'Sec-Fetch-Site': _, ...older } = PROXIED;
	const { status, text } = await asProxy('POST', '/Session', older, account);
	expect([status, JSON.parse(text)]).toEqual([
		403,
		'Refusal: a page of another origin may not log in: Origin is "https://signs.example.org", Host is "upstream"; ' +
			'a proxy must forward Host (nginx: proxy_set_header Host $http_host)',
	]);
});

test.for([
	[200, { Origin: 'https://signs.example.org', Host: 'Signs.Example.org' }],
	[200, { Origin: 'https://signs.example.org', Host: 'signs.example.org:443' }],
	[200, { Origin: 'http://[::1]:9926', Host: '[::1]:9926' }],
	[403, { Origin: 'https://signs.example.org', Host: 'signs.example.org:80' }],
	[403, { Origin: 'https://signs.example.org:8443', Host: 'signs.example.org' }],
	[403, { Origin: 'null', Host: 'null' }],
	[403, { ...PROXIED, 'Sec-Fetch-Site': 'cross-site' }],
	[403, { ...PROXIED, 'Sec-Fetch-Site': 'same-site' }],
	[403, { ...PROXIED, 'Sec-Fetch-Site': 'none' }],
	[403, { ...PROXIED, 'Sec-Fetch-Site': 'same-origin, same-origin' }],
	[403, { 'Origin': 'https://evil.example', 'Host': 'evil.example', 'Sec-Fetch-Site': 'cross-site' }],
	[403, { 'Origin': 'https://evil.example', 'Host': 'upstream', 'X-Forwarded-Host': 'evil.example' }],
] as const)('a login is answered %i with %j', async ([wanted, headers]) => {
	const account = await addAccount('viewer', 'sign_viewer');
	expect((await asProxy('POST', '/Session', headers, account)).status).toBe(wanted);
});

test('a session ends with its account', async () => {
	const account = await addAccount('leaving', 'sign_viewer');
	const page = browser();
	await page.ask('POST', '/Session', account);
	await operation({ operation: 'drop_user', username: account.username });
	expect(await eventually(page.whoami, ({ user }) => user === null)).toEqual(NOBODY);
	expect((await page.ask('GET', '/Sign/')).status).toBe(401);
});

test('a wrong login is refused, and does not reveal whether the account exists', async () => {
	const { username } = await addAccount('somebody', 'sign_viewer');
	const known = await rest('POST', '/Session', { username, password: 'wrong' }, null);
	const unknown = await rest('POST', '/Session', { username: newId('nobody'), password: 'wrong' }, null);
	expect([known.status, known.text]).toEqual([401, unknown.text]);
});

test.for([
	'{"user',
	'[]',
	'"x"',
	'{}',
	'{"username":"x"}',
	'{"username":5,"password":"x"}',
	'{"username":"","password":""}',
	'',
])('the login %j is refused with 400', async (body) => {
	expect((await browser().ask('POST', '/Session', body)).status).toBe(400);
});
