/** Bytes that a stranger sends before a login. 100 bytes of CBOR ended the server. */
import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { get, newId, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Twenty nested arrays that announce 30 million items each. */
const BOMBS = [
	['application/cbor', Buffer.from('9a01c9c380'.repeat(20), 'hex')],
	['application/x-msgpack', Buffer.from('dd01c9c380'.repeat(20), 'hex')],
] as const;

const send = async (method: string, path: string, type: string, body: Buffer | string, login = false) => {
	const headers = { 'Content-Type': type, ...(login ? { Authorization: basic(ADMIN) } : {}) };
	const answer = await fetch(url + path, { method, headers, body: body as string }); // its types know no Buffer
	return { status: answer.status, text: await answer.text() };
};

const uncaught = async () => (await readFile(inject('logFile'), 'utf8')).match(/uncaughtException.*|nhandled.*/g) ?? [];

test.for(BOMBS)('%s is refused before it is decoded, with what to send', async ([type, bomb]) => {
	const refusalOf = (form: string) => ({
		status: 415,
		text: `"Refusal: payload must be a JSON object, sent as application/json${form}, got ${type}"`,
	});
	const form = ', or a form, sent as application/x-www-form-urlencoded';
	expect(await send('POST', '/Session/', type, bomb)).toEqual(refusalOf(form));
	expect((await send('PUT', '/Sign/x', type, bomb)).status).toBe(401);
	for (const sent of [type, `${type}; a=b`, type.toUpperCase()])
		expect(await send('PUT', '/Sign/x', sent, bomb, true)).toEqual(refusalOf(''));
	expect((await rest('GET', '/Session/')).status).toBe(200);
});

test.for(['OPTIONS', 'DELETE', 'COPY', 'BREW', 'PUT'])(
	'a body that %s does not read is no failure of the server',
	async (method) => {
		const before = await uncaught();
		for (const path of ['/Session/', '/Sign/', '/Sign/x', '/Rejection/', '/nothing', '/openapi']) {
			expect((await rest(method, path, '{bad')).status, path).toBeLessThan(500);
			expect((await rest(method, path, '{bad', null)).status, path).toBeLessThan(500);
		}
		expect(await uncaught()).toEqual(before);
	}
);

test('a form may have any field, and a number of 16 digits makes no JSON of what is none', async () => {
	const id = newId('decoded');
	const form = 'application/x-www-form-urlencoded';
	const { username, password } = ADMIN;
	const login = String(new URLSearchParams({ username, password }));
	expect((await send('POST', '/Session/', form, login)).status).toBe(200);
	for (const fields of ['hasOwnProperty=1&__proto__=2', `${login}&hasOwnProperty=1`, `${login}&__proto__=2`]) {
		const { status, text } = await send('POST', '/Session/', form, fields);
		expect([status, text]).toEqual([400, expect.stringContaining('payload must be {')]);
	}
	for (const json of ['{"speed":01,"revision":1234567890123456}', '{"revision":1234567890123456']) {
		const { status, text } = await rest('PUT', `/Sign/${id}`, json);
		expect([status, text]).toEqual([400, expect.stringContaining('payload must be a JSON object')]);
	}
	expect(await get(id)).toBeNull();
});

test('a number of 16 digits, and one that JSON allows and nothing can store, are read by the rules of JSON', async () => {
	const id = newId('decoded');
	const json = '{"speed":1e400,"speed":5,"shownRevision":1000000000000000e-15}';
	expect((await rest('PUT', `/Sign/${id}`, json)).status).toBe(204);
	expect(await get(id)).toMatchObject({ speed: 5, shownRevision: 1 });
});
