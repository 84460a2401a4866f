/** The contract over TLS: https, also as HTTP/2, and mqtts, with clients that verify the certificate. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get as httpsGet, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic, type Account } from '../../launcher/operations-api.ts';
import { makeCertificate } from '../support/certificate.ts';
import { Feed } from '../support/feed.ts';
import { openHttp2 } from '../support/http2.ts';
import { freePorts } from '../../launcher/ports.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

let harper: TemporaryHarper;
let folder: string;
let ca: Buffer;
const DEVICE = { username: 'lobby', password: 'device' };
const VIEWER = { username: 'screen', password: 'viewer' };
const WRONG = { ...ADMIN, password: 'wrong' };

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'led-sign-tls-'));
	const { certificate, privateKey } = makeCertificate(folder);
	ca = readFileSync(certificate);
	const [httpsPort, mqttsPort] = await freePorts(2);
	harper = await startTemporaryHarper({
		tls: { httpsPort: httpsPort!, mqttsPort: mqttsPort!, certificate, privateKey, http2: true },
	});
	for (const [account, role] of [
		[DEVICE, 'sign_device'],
		[VIEWER, 'sign_viewer'],
	] as const) {
		const body = JSON.stringify({ operation: 'add_user', ...account, role, active: true });
		const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/json' };
		expect((await fetch(harper.operationsUrl!, { method: 'POST', headers, body })).status).toBe(200);
	}
});

afterAll(async () => {
	await harper?.remove();
	rmSync(folder, { recursive: true, force: true });
});

const host = () => `127.0.0.1:${harper.options.tls!.httpsPort}`;

function https(
	method: string,
	path: string,
	account: Account | null,
	body?: object
): Promise<{ status: number; text: string }> {
	const headers = { 'Content-Type': 'application/json', ...(account && { Authorization: basic(account) }) };
	return new Promise((done, fail) => {
		const sent = request(`https://${host()}${path}`, { method, headers, ca }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part) => (text += part));
			response.on('end', () => done({ status: response.statusCode!, text }));
		});
		sent.on('error', fail).end(body && JSON.stringify(body));
	});
}

const mqtts = (account: Account | null, options: mqtt.IClientOptions = {}) =>
	mqtt.connectAsync(`mqtts://127.0.0.1:${harper.options.tls!.mqttsPort}`, {
		ca,
		...account,
		reconnectPeriod: 0,
		...options,
	});

describe('over https', () => {
	test.for([
		[null, 401, 401],
		[WRONG, 401, 401],
		[VIEWER, 200, 403],
		[DEVICE, 200, 204],
		[ADMIN, 200, 204],
	] as const)('%j reads with %i and writes with %i', async ([account, read, write]) => {
		await https('PUT', '/Sign/lobby', ADMIN, { message: 'before' });
		expect((await https('GET', '/Sign/lobby', account)).status).toBe(read);
		expect((await https('PATCH', '/Sign/lobby', account, { message: 'x' })).status).toBe(write);
		const { message } = JSON.parse((await https('GET', '/Sign/lobby', ADMIN)).text);
		expect(message).toBe(write === 204 ? 'x' : 'before');
	});

	test('a session cookie is for encrypted connections only', async () => {
		const headers = await new Promise<string>((done, fail) => {
			const sent = request(
				`https://${host()}/Session`,
				{ method: 'POST', ca, headers: { 'Content-Type': 'application/json' } },
				(response) => done(String(response.headers['set-cookie']))
			);
			sent.on('error', fail).end(JSON.stringify(VIEWER));
		});
		expect(headers).toMatch(/HttpOnly; SameSite=Strict; Secure$/);
	});

	test('a client without the certificate refuses the connection', async () => {
		const error = await new Promise<NodeJS.ErrnoException>((done) => {
			httpsGet(`https://${host()}/`).on('error', done);
		});
		expect(error.code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
	});

	test('a WebSocket of the own page receives the sign, one of a foreign page is closed', async () => {
		const open = (origin: string) =>
			new Promise<number | string>((done) => {
				const headers = { Authorization: basic(VIEWER), Origin: origin };
				const socket = new WebSocket(`wss://${host()}/Sign/lobby`, { ca, headers });
				socket.on('message', () => done('received')).on('close', (code) => done(code));
			});
		expect(await open(`https://${host()}`)).toBe('received');
		expect(await open('https://evil.example')).toBe(3003);
	});
});

const openConnection = () => openHttp2(`https://${host()}`, ca);

const JSON_TYPE = { 'content-type': 'application/json' };

describe('over HTTP/2', () => {
	test('a login gives a cookie that counts with and without Origin, and a logout ends it', async () => {
		const { send } = openConnection();
		const own = { origin: `https://${host()}` };
		const whoami = async (headers: object) =>
			JSON.parse(await send('GET', '/Session', { ...headers }).text) as { user: string | null };
		for (const headers of [own, {}]) {
			const { answer } = send('POST', '/Session', { ...JSON_TYPE, ...headers }, JSON.stringify(DEVICE));
			const { status, cookies } = await answer;
			expect([status, cookies.length]).toEqual([200, 1]);
			const cookie = cookies[0]!.split(';')[0]!;
			expect(await whoami({ cookie, ...own }), 'a write of the page').toMatchObject({ user: DEVICE.username });
			expect(await whoami({ cookie }), 'a GET of the page').toMatchObject({ user: DEVICE.username });
			expect(await whoami({ cookie: `other=x; ${cookie}` })).toMatchObject({ user: DEVICE.username });
			expect(await whoami({ cookie, origin: 'https://evil.example' })).toMatchObject({ user: null });
			expect((await send('DELETE', '/Session', { cookie, ...own }).answer).status).toBe(204);
			expect(await whoami({ cookie })).toMatchObject({ user: null });
		}
	});

	test('a page of another origin may not log in', async () => {
		const { send } = openConnection();
		const headers = { ...JSON_TYPE, origin: 'https://evil.example' };
		expect((await send('POST', '/Session', headers, JSON.stringify(DEVICE)).answer).status).toBe(403);
	});

	test('writes do what they do over HTTP/1.1, with and without the length of their body', async () => {
		const { send } = openConnection();
		const headers = { ...JSON_TYPE, authorization: basic(ADMIN) };
		for (const [message, length] of [
			['with', { 'content-length': '18' }],
			['none', {}],
		] as const) {
			const body = JSON.stringify({ message });
			expect((await send('PATCH', '/Sign/second', { ...headers, ...length }, body).answer).status).toBe(204);
			expect(JSON.parse(await send('GET', '/Sign/second', headers).text)).toMatchObject({ message });
		}
		const large = JSON.stringify({ message: 'x'.repeat(20_000) });
		expect((await send('PATCH', '/Sign/second', headers, large).answer).status).toBe(413);
		expect(await send('PATCH', '/Sign/second', headers, '{"brightness":99}').text).toContain('0 to 15, got 99');
		expect((await send('GET', '/Sign/second', JSON_TYPE).answer).status).toBe(401);
	});

	test('a stream of events begins with a heartbeat, and has each change', async () => {
		const { send } = openConnection();
		const headers = { ...JSON_TYPE, authorization: basic(ADMIN) };
		const { feed } = send('GET', '/Sign/third', { ...headers, accept: 'text/event-stream' });
		await feed.until((part) => part.includes('event: heartbeat'));
		await send('PATCH', '/Sign/third', headers, '{"message":"by HTTP/2"}').answer;
		await feed.until((part) => part.includes('by HTTP/2'));
	});

	test('a refused guess closes the connection after its answer, as over HTTP/1.1', async () => {
		let guesses = 0;
		const guess = async ({ send }: ReturnType<typeof openConnection>) => {
			const headers = { authorization: basic({ username: 'nobody', password: `guess ${++guesses}` }) };
			return (await send('GET', '/Sign/', headers).answer).status;
		};
		const first = openConnection();
		expect(await Promise.all(Array.from({ length: 30 }, () => guess(first)))).toContain(429);
		const second = openConnection();
		const closed = once(second.connection, 'close');
		expect(await guess(second)).toBe(429);
		await closed;
	});
});

describe('over mqtts', () => {
	test('a device receives and writes its own sign, and no other', async () => {
		const client = await mqtts(DEVICE, { clientId: 'lobby' });
		const feed = new Feed<{ message: string }>('mqtts');
		client.on('message', (_topic, payload) => feed.push(JSON.parse(payload.toString())));
		await client.subscribeAsync('Sign/lobby', { qos: 1 });
		await client.publishAsync('Sign/lobby', '{"message":"by mqtts"}', { qos: 1 });
		await feed.until(({ message }) => message === 'by mqtts');
		await expect(client.subscribeAsync('Sign/+', { qos: 1 })).rejects.toThrow();
		await client.publishAsync('Sign/other', '{"message":"x"}', { qos: 1 }).catch(() => {});
		expect((await https('GET', '/Sign/other', ADMIN)).status).toBe(404);
		await client.endAsync();
	});

	test.for([null, WRONG])('%j is refused', async (account) => {
		await expect(mqtts(account)).rejects.toThrow();
	});

	test('a client without the certificate refuses the connection', async () => {
		await expect(mqtts(DEVICE, { ca: undefined })).rejects.toThrow(/self-signed|unable to verify/);
	});
});
