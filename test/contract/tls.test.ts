/** The contract over TLS: https and mqtts, with clients that verify the certificate. */
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
		tls: { httpsPort: httpsPort!, mqttsPort: mqttsPort!, certificate, privateKey },
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
