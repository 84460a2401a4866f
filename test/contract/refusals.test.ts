/** Wrong writes on every protocol: the writer receives the reason, and nothing changes. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import {
	addAccount,
	connectMqtt,
	get,
	newId,
	openEventSource,
	openWebSocket,
	rest,
	subscribeMqtt,
	url,
	type Account,
	type MqttKind,
} from '../support/clients.ts';
import { basic } from '../../launcher/operations-api.ts';
import { eventually } from '../support/feed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const MQTT_KINDS: MqttKind[] = ['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'];

/** A payload, and the reason that every protocol gives for its refusal. */
const wrongFields: [payload: object, why: string][] = [
	[{ message: 5 }, 'message must be a string of at most 256 characters without control characters, got 5'],
	[{ message: 'x'.repeat(257) }, 'message must be a string of at most 256 characters'],
	[{ message: 'a\nb' }, 'message must be a string of at most 256 characters without control characters, got "a\\nb"'],
	[{ message: null }, 'message must be a string of at most 256 characters without control characters, got null'],
	[{ message: '\ud800' }, 'message must be a string'],
	[{ color: 'red' }, 'color must be a string of the form #rrggbb, got "red"'],
	[{ color: '#fff' }, 'color must be a string of the form #rrggbb, got "#fff"'],
	[{ brightness: 16 }, 'brightness must be a whole number from 0 to 15, got 16'],
	[{ brightness: -1 }, 'brightness must be a whole number from 0 to 15, got -1'],
	[{ brightness: 1.5 }, 'brightness must be a whole number from 0 to 15, got 1.5'],
	[{ brightness: '8' }, 'brightness must be a whole number from 0 to 15, got "8"'],
	[{ power: 1 }, 'power must be true or false, got 1'],
	[{ effect: 'rainbow' }, 'effect must be one of "static", "scroll", "blink", got "rainbow"'],
	[{ speed: 0 }, 'speed must be a whole number from 1 to 100, got 0'],
	[{ speed: 101 }, 'speed must be a whole number from 1 to 100, got 101'],
	[{ location: 'x'.repeat(65) }, 'location must be a string of at most 64 characters'],
	[{ location: ['lobby'] }, 'location must be a string of at most 64 characters, got ["lobby"]'],
	[{ notice: null }, 'notice must be a string of at most 256 characters without control characters, got null'],
	[{ noticeUntil: '' }, 'noticeUntil must be null, or a string: a date and time with a zone'],
	[{ noticeUntil: '2026-01-31T12:00:00' }, 'at most 366 days ahead, got "2026-01-31T12:00:00"'],
	[{ noticeUntil: '9999-12-31T23:59:59Z' }, 'at most 366 days ahead, got "9999-12-31T23:59:59Z"'],
	[{ online: 'yes' }, 'online must be true or false, got "yes"'],
	[{ shownRevision: -1 }, 'shownRevision must be a whole number from 0'],
	[{ revision: 7 }, 'revision is set by the server, got 7'],
	[{ updatedAt: 0 }, 'updatedAt is set by the server, got 0'],
	[{ colour: '#ffffff' }, 'unknown field "colour", got "#ffffff"'],
	[{ id: 'another' }, 'id must equal the id in the path or topic'],
	[{ message: 'fine', speed: 0, brightness: 99 }, 'speed must be a whole number from 1 to 100, got 0'],
	[{ message: 'fine', speed: 0, brightness: 99 }, 'brightness must be a whole number from 0 to 15, got 99'],
];

// Cause: Harper stamps a write with the clock of its thread. The row of a rejection that a thread with a slower clock wrote was
// lost against the row before.
test('the latest refusal is recorded, whichever thread of the server refused it', async () => {
	const account = await addAccount('refused');
	const clients = await Promise.all(Array.from({ length: 8 }, () => connectMqtt('MQTT 5', account)));
	const refuse = (n: number) =>
		expect(clients[n % 8]!.publishAsync('Sign/refused', `{"speed":${1_000 + n}}`, { qos: 1 })).rejects.toThrow();
	for (let n = 0; n < 600; n++) {
		await refuse(n);
		if (n % 3) continue;
		await eventually(
			() => rest('GET', `/Rejection/${account.username}`, undefined, account),
			({ text }) => text.includes(`got ${1_000 + n}"`)
		);
	}
});

const wrongPayloads: [name: string, payload: string][] = [
	['malformed JSON', '{"message":"x"'],
	['text', 'hello'],
	['an array', '[{"message":"x"}]'],
	['a number', '5'],
	['null', 'null'],
	['15 kB of message', JSON.stringify({ message: 'x'.repeat(15_000) })],
	['15 kB of text', 'x'.repeat(15_000)],
];

const NAMES_THE_SERVERS_INSIDE = /\/(home|root|tmp|work|node_modules)|\.[jt]s:\d|\n\s+at /;

let account: Account;
let sign: string;
let before: unknown;

beforeAll(async () => {
	account = await addAccount('refused');
	sign = newId('refused');
	await rest('PUT', `/Sign/${sign}`, { message: 'as it was', location: 'here' });
	before = await get(sign);
});

/** An empty text while there is no row. */
const rejection = async () => {
	const { status, json } = await rest('GET', `/Rejection/${account.username}`, undefined, account);
	return status === 404 ? {} : json();
};

/** Publishes, and waits until the account's rejection is about it. */
async function refusedPublish(kind: MqttKind, payload: string, retain: boolean, topic = `Sign/${sign}`) {
	const { feed } = await subscribeMqtt(kind, `Rejection/${account.username}`, account);
	// the row of the previous refusal may still arrive
	const before = (await rejection()).at ?? '';
	const client = await connectMqtt(kind, account);
	const answer = client.publishAsync(topic, payload, { qos: 1, retain }).then(
		() => 0,
		(error: { code: number }) => error.code
	);
	await feed.until(({ row }) => (row as unknown as { at: string }).at > before);
	return { code: await answer, row: await rejection() };
}

describe('a wrong field', () => {
	test.for(wrongFields)('%j is refused by REST PUT and PATCH with its rule', async ([payload, why]) => {
		for (const method of ['PUT', 'PATCH']) {
			const { status, text } = await rest(method, `/Sign/${sign}`, payload);
			expect(status).toBe(400);
			expect(JSON.parse(text)).toContain(why);
		}
		expect(await get(sign)).toEqual(before);
	});

	test.for(wrongFields)(
		'%j is refused by WebSocket with its rule, and the socket stays open',
		async ([payload, why]) => {
			const { send, feed } = await openWebSocket(`/Sign/${sign}`);
			send(payload);
			expect(await feed.until(({ type }) => type === 'error')).toMatchObject({
				status: 400,
				message: expect.stringContaining(why),
			});
			const other = newId();
			const all = await openWebSocket('/Sign/');
			all.send({ ...payload, id: other });
			if (!('id' in payload)) await all.feed.until(({ type, message }) => type === 'error' && message!.includes(why));
			all.send({ id: other, message: 'after' });
			await all.feed.until(({ id, value }) => id === other && value?.message === 'after');
			expect(await get(sign)).toEqual(before);
		}
	);

	test.for(wrongFields)('%j is refused by MQTT with its rule in the Rejection', async ([payload, why]) => {
		for (const kind of MQTT_KINDS) {
			const { code, row } = await refusedPublish(kind, JSON.stringify(payload), kind === 'MQTT 5');
			expect(row).toMatchObject({ id: account.username, sign, status: 400, error: expect.stringContaining(why) });
			if (kind !== 'MQTT 3.1.1') expect(code).toBeGreaterThanOrEqual(0x80);
		}
		expect(await get(sign)).toEqual(before);
	});
});

describe('a payload that is no JSON object', () => {
	test.for(wrongPayloads)('%s is refused by REST', async ([, payload]) => {
		for (const method of ['PUT', 'PATCH']) {
			const { status, text } = await rest(method, `/Sign/${sign}`, payload);
			expect(status).toBe(400);
			expect(text).not.toMatch(NAMES_THE_SERVERS_INSIDE);
		}
		expect(await get(sign)).toEqual(before);
	});

	test.for(wrongPayloads)('%s is refused by WebSocket, and the socket stays open', async ([, payload]) => {
		for (const path of [`/Sign/${sign}`, '/Sign/']) {
			const { socket, feed, send } = await openWebSocket(path);
			socket.send(payload);
			const { status, message } = await feed.until(({ type }) => type === 'error');
			expect(status).toBe(400);
			expect(message).not.toMatch(NAMES_THE_SERVERS_INSIDE);
			const known = feed.received.length;
			send({ id: sign, speed: 0 });
			await feed.until(() => feed.received.length > known);
		}
		expect(await get(sign)).toEqual(before);
	});

	for (const kind of MQTT_KINDS)
		test.for(wrongPayloads)(`%s is refused by ${kind}`, async ([, payload]) => {
			for (const retain of [true, false]) {
				const { code, row } = await refusedPublish(kind, payload, retain);
				if (kind !== 'MQTT 3.1.1') expect(code, 'an error, or the end of the connection').not.toBe(0);
				expect(row).toMatchObject({ sign, status: 400 });
				expect(row.error).not.toMatch(NAMES_THE_SERVERS_INSIDE);
			}
			expect(await get(sign)).toEqual(before);
		});

	test('an empty payload without retain is refused by MQTT', async () => {
		const { row } = await refusedPublish('MQTT 3.1.1', '', false);
		expect(row).toMatchObject({ sign, status: 400, error: 'payload must be a JSON object, got nothing' });
		expect(await get(sign)).toEqual(before);
	});

	test('a form, as curl -d sends it, is refused with what to do', async () => {
		const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/x-www-form-urlencoded' };
		const answer = await fetch(`${url}/Sign/${sign}`, { method: 'PUT', headers, body: '{"message":"x"}' });
		expect(answer.status).toBe(415);
		expect(await answer.text()).toContain(
			'must be a JSON object, sent as application/json, got application/x-www-form-urlencoded'
		);
	});

	test('an empty body is refused by REST', async () => {
		for (const method of ['PUT', 'PATCH']) expect((await rest(method, `/Sign/${sign}`)).status).toBe(400);
		expect(await get(sign)).toEqual(before);
	});
});

const wrongIds = ['a/b', 'a.b', 'a+b', 'a b', 'x'.repeat(65), '..', 'ä', 'a%b', '\u0000'];

test('a number that only a bigint can hold is refused', async () => {
	for (const number of ['1152921504606846976', '-1152921504606846976']) {
		const { status, text } = await rest('PATCH', `/Sign/${sign}`, `{"speed":${number}}`);
		expect([status, text]).toEqual([
			400,
			expect.stringContaining(`speed must be a whole number from 1 to 100, got ${number}`),
		]);
	}
	expect(await get(sign)).toEqual(before);
});

test('an answer is short, however much is wrong', async () => {
	for (const [count, reason] of [
		[40, 'and 20 more'],
		[1_000, 'payload must have at most 40 fields, got 1000'],
	] as const) {
		const fields = Object.fromEntries(Array.from({ length: count }, (_, n) => [`field${n}`, n]));
		const { status, text } = await rest('PATCH', `/Sign/${sign}`, fields);
		expect(status).toBe(400);
		expect(text).toContain(reason);
		expect(text.length).toBeLessThan(2_000);
	}
});

test('malformed JSON is no failure of the server when the request is refused before it is read', async () => {
	const requests = [
		'PUT /Sign/',
		'PUT /Sign/a.b',
		'POST /Sign/',
		'DELETE /Sign/',
		'QUERY /Sign/',
		'PUT /Rejection/x',
		'DELETE /History/x',
	];
	for (const [method, path] of requests.map((request) => request.split(' ') as [string, string]))
		expect((await rest(method, path, '{bad')).status).toBeLessThan(500);
	expect(await readFile(inject('logFile'), 'utf8')).not.toContain('uncaughtException');
});

describe('an id', () => {
	test.for(wrongIds)('%j is refused by REST', async (id) => {
		for (const method of ['PUT', 'PATCH', 'DELETE']) {
			// percent-encoded, and as it is if a URL can contain it
			for (const path of [
				id.replaceAll(' ', '%20'),
				encodeURIComponent(id),
				encodeURIComponent(encodeURIComponent(id)),
			]) {
				if (path === '..' || path === '\u0000') continue; // a URL cannot contain it
				const { status } = await rest(method, `/Sign/${path}`, { message: 'x' });
				expect([method, path, status]).toEqual([method, path, 400]);
			}
		}
	});

	test.for(['a/b', 'a.b', 'a b', 'x'.repeat(65), 'ä', '%61', 'a?speed=1'])('%j is refused by MQTT', async (id) => {
		const { row } = await refusedPublish('MQTT 5', '{"message":"x"}', true, `Sign/${id}`);
		expect(row).toMatchObject({ sign: id.slice(0, 64), status: 400 });
	});

	test('that is percent-encoded is the same id', async () => {
		const id = newId('encoded');
		await rest('PUT', `/Sign/${id.replace('e', '%65')}`, { message: 'x' });
		expect(await get(id)).toMatchObject({ id, message: 'x' });
	});

	test('of 64 characters is a valid one, on every protocol', async () => {
		const id = newId('x').padEnd(64, '_');
		const { feed } = await subscribeMqtt('MQTT 3.1.1', `Sign/${id}`);
		await rest('PUT', `/Sign/${id}`, { message: '🚪'.repeat(256) });
		expect((await feed.until(({ row }) => row !== null)).row).toMatchObject({ id, message: '🚪'.repeat(256) });
	});
});

test('a topic outside the contract is refused', async () => {
	for (const topic of ['Unknown/x', 'Sign', 'Sign/', 'History/x', `Rejection/${account.username}`, '$SYS/x']) {
		const { row } = await refusedPublish('MQTT 3.1.1', '{"message":"x"}', true, topic);
		expect(row.status, topic).toBeGreaterThanOrEqual(400);
	}
});

test('PUT, POST and DELETE on the collection answer 405, and POST anywhere', async () => {
	for (const method of ['PUT', 'POST', 'DELETE']) {
		for (const path of ['/Sign/', '/Sign']) expect((await rest(method, path, { message: 'x' })).status).toBe(405);
	}
	expect((await rest('DELETE', '/Sign/?location=here')).status).toBe(405);
	expect((await rest('PUT', '/Sign/', [{ id: sign, message: 'x' }])).status).toBe(405);
	expect((await rest('POST', `/Sign/${sign}`, { message: 'x' })).status).toBe(405);
	for (const method of ['COPY', 'MOVE', 'QUERY', 'BREW'])
		expect((await rest(method, `/Sign/${sign}`)).status).toBeGreaterThanOrEqual(400);
	expect(await get(sign)).toEqual(before);
});

describe('a rejection', () => {
	test('is received by its account over MQTT, SSE and WebSocket, and read over REST', async () => {
		const path = `/Rejection/${account.username}`;
		const sse = (await openEventSource(path, account)).feed;
		const ws = (await openWebSocket(path, account)).feed;
		const { row } = await refusedPublish('MQTT 5', '{"speed":0}', false);
		for (const feed of [sse, ws]) {
			const { value } = await feed.until(() => (feed.last?.value as { at?: string } | undefined)?.at === row.at);
			expect(value).toBeDefined();
			expect(feed.last!.value).toMatchObject({ sign, status: 400, error: row.error });
		}
	});

	test('cannot be read by other accounts, and cannot be written', async () => {
		await refusedPublish('MQTT 5', '{"speed":0}', false);
		const row = await rejection();
		const other = await addAccount('other');
		for (const path of [`/Rejection/${account.username}`, '/Rejection/', '/Rejection']) {
			expect((await rest('GET', path, undefined, other)).status, path).toBe(403);
		}
		for (const topic of [`Rejection/${account.username}`, 'Rejection/+', 'Rejection/#'])
			await expect(subscribeMqtt('MQTT 5', topic, other)).rejects.toThrow();
		for (const method of ['PUT', 'PATCH', 'POST', 'DELETE'])
			expect((await rest(method, `/Rejection/${account.username}`, { error: 'x' }, account)).status).toBe(405);
		expect(await rejection()).toEqual(row);
	});
});

test('an account learns its last refusal also when many come at once', async () => {
	const client = await connectMqtt('MQTT 3.1.1', account);
	for (let n = 1; n <= 100; n++) client.publish(`Sign/${sign}`, JSON.stringify({ speed: 1000 + n }), { qos: 1 });
	await expect.poll(rejection).toMatchObject({ error: expect.stringMatching(/got 1100$/) });
	expect(await get(sign)).toEqual(before);
});

// Cause: Harper checks the role at the write. A viewer's payloads were parsed first, and waited among those of writers.
test('an account that writes no signs is refused before its payload is looked at', async () => {
	const id = newId('viewed');
	const viewer = await addAccount('viewer', 'sign_viewer');
	const why = 'this account writes no signs';
	for (const method of ['PUT', 'PATCH'])
		expect(await rest(method, `/Sign/${id}`, { speed: 0 }, viewer)).toMatchObject({
			status: 403,
			text: `"Refusal: ${why}"`,
		});
	const socket = await openWebSocket(`/Sign/${id}`, viewer);
	socket.send({ speed: 0 });
	expect(await socket.feed.until(({ type }) => type === 'error')).toMatchObject({ status: 403, message: why });
	for (const kind of MQTT_KINDS) {
		const client = await connectMqtt(kind, viewer);
		await client.publishAsync(`Sign/${id}-${kind.length}`, '{"speed":0}', { qos: 1 }).catch(() => {});
		const rejection = () => rest('GET', `/Rejection/${viewer.username}`, undefined, viewer);
		const row = await eventually(rejection, ({ text }) => text.includes(`${id}-${kind.length}`));
		expect(row.json()).toMatchObject({ status: 403, error: why });
	}
});
