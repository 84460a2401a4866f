/** Headers and paths that Harper cannot read. It answered some with 500, and kept others in memory, without a login. */
import { expect, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { newId, rest, url } from '../support/clients.ts';
import { rawConnection } from '../support/raw.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const { host, port } = new URL(url);
const LONG = 'x'.repeat(15_000);

/** Uses a raw socket, because fetch refuses to send these. */
async function ask(method: string, path: string, headers: Record<string, string>) {
	const { write, untilClosed } = await rawConnection(port);
	const lines = Object.entries({ Host: host, Connection: 'close', ...headers }).map(
		([name, value]) => `${name}: ${value}`
	);
	write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
	const answer = String(await untilClosed());
	return { status: Number(answer.split(' ')[1]), text: answer.slice(answer.indexOf('\r\n\r\n') + 4) };
}

test.for([',;confirm=9', ',', ';', '5;confirm=x', LONG.slice(0, 9_000).replaceAll('xx', 'x,,')])(
	'X-Replicate-To: %s is refused with its rule',
	async (nodes) => {
		const { status, text } = await ask('GET', '/Session/', { 'X-Replicate-To': nodes });
		expect(status).toBe(400);
		expect(text).toContain('X-Replicate-To must be a number or names of nodes');
		expect(text.length).toBeLessThan(300);
	}
);

test.for(['5;confirm=1', '*', 'a.example, b.example;confirm=1', '0'])('X-Replicate-To: %s is read', async (nodes) => {
	expect((await ask('GET', '/Session/', { 'X-Replicate-To': nodes })).status).toBe(200);
});

const wrongLogins = ['Basic', 'Basic !!!', 'Basic abcde', 'Basic Og==', 'Basic YWJj', 'Bearer', 'x', `Bearer ${LONG}`];

test.for([...wrongLogins, basic({ username: LONG.slice(0, 9_000), password: 'x' })])(
	'Authorization: %s is refused with its rule',
	async (login) => {
		const { status, text } = await ask('GET', '/Session/', { Authorization: login });
		expect(status).toBe(401);
		expect(text).toContain('Authorization must be');
	}
);

test('a cookie that names no session of the server is none', async () => {
	const name = `${host.replace(/\W/, '_')}-hdb-session`;
	for (const cookie of [`${name}=${LONG}`, `a=b; ${name}=${LONG}; c=d`, `${name}=x`, `${name}=`, ';=;', LONG]) {
		const { status, text } = await ask('GET', '/Session/', { Cookie: cookie });
		expect([status, text]).toEqual([200, '{"user":null,"role":null}']);
	}
});

test('a parameter without a value in the Content-Type is no matter', async () => {
	const id = newId('typed');
	for (const type of ['application/json;', 'Application/JSON; charset', 'application/json; charset=utf-8']) {
		const headers = { 'Authorization': basic(ADMIN), 'Content-Type': type };
		expect((await fetch(`${url}/Sign/${id}`, { method: 'PUT', headers, body: '{}' })).status, type).toBe(204);
	}
});

test('a verb or a path that nothing answers is no failure of the server', async () => {
	for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'DELETE', 'PUT'])
		expect((await ask(method, '/openapi', {})).status, method).toBe(405);
	for (const path of [
		'/Session/%',
		'/Sign/%',
		'/Rejection/%E0',
		'/%',
		`/Rejection/${LONG}`,
		`/Sign/${LONG}`,
		`/${LONG}`,
	])
		for (const method of ['GET', 'CONNECT', 'COPY', 'MOVE'])
			for (const login of [{}, { Authorization: basic(ADMIN) }] as Record<string, string>[]) {
				const { status } = await ask(method, path, { ...login, Accept: 'text/event-stream' });
				expect(status, `${method} ${path.slice(0, 20)}`).toBeLessThan(500);
				expect((await ask(method, path, login)).status, `${method} ${path.slice(0, 20)}`).toBeLessThan(500);
			}
	for (const method of ['COPY', 'MOVE']) expect((await rest(method, `/Sign/${newId()}`)).status).toBe(405);
});
