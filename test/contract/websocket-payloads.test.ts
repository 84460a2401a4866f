/** WebSocket messages that cannot be decoded. One was an uncaughtException of its thread, and later messages were ignored. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import { addAccount, connectMqtt, newId, rest, type SignEvent, webSocketUrl } from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const BOMB = Buffer.from('9a01c9c380'.repeat(20), 'hex');

async function open(path: string, type: string, account = ADMIN) {
	const headers = { 'Authorization': basic(account), 'Content-Type': type };
	const socket = new WebSocket(webSocketUrl() + path, { headers });
	const feed = new Feed<SignEvent>(`WebSocket ${path} of ${type}`);
	socket.on('message', (data) => feed.push(JSON.parse(String(data))));
	onTestFinished(() => socket.terminate());
	await once(socket, 'open');
	return { socket, feed };
}

const errors = ({ received }: Feed<SignEvent>) => received.filter(({ type }) => type === 'error');

test.for([
	['application/json', '{"speed"', 400, 'payload must be a JSON object: '],
	['application/json;', '{"speed"', 400, 'payload must be a JSON object: '],
	['application/json', BOMB, 400, 'payload must be a JSON object: '],
	['application/json', '', 400, 'payload must be a JSON object, got null'],
	['application/json', Buffer.from('{"id":"a.b"}'), 400, 'id must '],
	['text/plain; charset=x', '{}', 415, 'payload must be a JSON object, sent as application/json, got text/plain'],
	['application/cbor', BOMB, 415, 'payload must be a JSON object, sent as application/json, got application/cbor'],
	['application/x-msgpack', BOMB, 415, 'got application/x-msgpack'],
] as const)('%s %s is answered by an error event, and the socket lives on', async ([type, payload, status, why]) => {
	for (const path of [`/Sign/${newId('ws')}`, '/Sign/']) {
		const { socket, feed } = await open(path, type);
		for (let n = 1; n <= 3; n++) {
			socket.send(payload);
			await feed.until(() => errors(feed).length >= n);
			expect(errors(feed).at(-1)).toEqual({ type: 'error', status, message: expect.stringContaining(why) });
		}
		const written = path.slice('/Sign/'.length) || newId('ws');
		await rest('PUT', `/Sign/${written}`, { message: 'after' });
		await feed.until(({ id, value }) => id === written && value?.message === 'after');
	}
	expect(await readFile(inject('logFile'), 'utf8')).not.toContain('uncaughtException');
});

test('a message to a Rejection is refused, whatever it holds', async () => {
	const account = await addAccount('writes-rejections');
	const { socket, feed } = await open(`/Rejection/${account.username}`, 'application/json', account);
	for (const [payload, status] of [
		['{bad', 400],
		['{}', 405],
	] as const) {
		socket.send(payload);
		await feed.until(() => feed.last?.status === status);
	}
	expect(socket.readyState).toBe(socket.OPEN);
});

test('a refusal of any length closes a WebSocket', async () => {
	const account = await addAccount('closed', 'sign_viewer');
	const socket = new WebSocket(`${webSocketUrl()}/Sign/${'ä'.repeat(500)}`, {
		headers: { Authorization: basic(account) },
	});
	const [code, reason] = await once(socket, 'close');
	expect(code).toBe(1008);
	expect(String(reason)).toMatch(/^Refusal: id must be 1 to 64 of .*…$/);
});

test('what cannot be decoded over MQTT is a refused publish, whatever Content-Type opened its WebSocket', async () => {
	const account = await addAccount('publishes');
	for (const type of ['application/json', 'application/cbor', 'application/x-msgpack', 'text/plain;']) {
		const client = await connectMqtt('MQTT over WebSocket', {
			...account,
			wsOptions: { headers: { 'Content-Type': type } },
		});
		for (const payload of [BOMB, '{"speed"']) {
			const publish = client.publishAsync('Sign/x', payload, { qos: 1 });
			await expect(publish).rejects.toMatchObject({ code: 0x99 });
		}
		await client.publishAsync(`Sign/${newId('after')}`, '{"message":"after"}', { qos: 1 });
	}
	const rejection = () => rest('GET', `/Rejection/${account.username}`, undefined, account);
	await expect.poll(rejection).toMatchObject({ text: expect.stringContaining('payload must be a JSON object, got') });
});
