/** The largest message that a client may send on every protocol, and what happens to a larger one. */
import { connect } from 'node:net';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { Framing } from '../../harper-fixes/mqtt-framing.ts';
import { parseChange } from '../../sign/parse.ts';
import { addAccount, get, newId, openWebSocket, rest, url } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { announce, connectPacket, openRaw, publishOf, type Transport, type Version } from '../support/raw-mqtt.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const CONNECTIONS = (['TCP', 'WebSocket'] as const).flatMap((transport) =>
	([4, 5] as const).map((version) => [transport, version] as [Transport, Version])
);
/** MQTT 5's reason codes. */
const MALFORMED = 0x81;
const TOO_LARGE = 0x95;

describe.for(CONNECTIONS)('MQTT over %s, version %i', ([transport, version]) => {
	test('receives the maximum packet size, where the protocol has one', async () => {
		const { properties } = await (await openRaw(transport, version)).login();
		expect(properties?.maximumPacketSize).toBe(version === 5 ? 16_384 : undefined);
	});

	test('takes a packet of 16,384 bytes', async () => {
		const client = await openRaw(transport, version);
		await client.login();
		client.send(publishOf(16_384, version));
		await client.packets.until(({ cmd }) => cmd === 'puback');
		client.send(Buffer.from([0xc0, 0]));
		await client.packets.until(({ cmd }) => cmd === 'pingresp');
	});

	test('is closed as soon as a packet announces more, and its account can read why', async () => {
		const account = await addAccount('large');
		const client = await openRaw(transport, version);
		await client.login(account);
		client.send(Buffer.concat([Buffer.from([0xc0, 0]), announce(3, 16_382)]));
		await client.closed;
		expect(client.packets.received.map(({ cmd }) => cmd)).toEqual(
			version === 5 ? ['connack', 'pingresp', 'disconnect'] : ['connack', 'pingresp']
		);
		if (version === 5) expect(client.packets.last).toMatchObject({ reasonCode: TOO_LARGE });
		const row = await eventually(
			() => rest('GET', `/Rejection/${account.username}`, undefined, account),
			({ status }) => status === 200
		);
		expect(row.json()).toMatchObject({
			status: 413,
			error: 'an MQTT packet must have at most 16384 bytes, got 16385',
		});
	});

	test('is ended when a length has five bytes', async () => {
		const client = await openRaw(transport, version);
		await client.login();
		client.send(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]));
		await client.closed;
		if (version === 5) expect(client.packets.last).toMatchObject({ cmd: 'disconnect', reasonCode: MALFORMED });
	});

	test('is ended when its CONNECT announces more than 65,536 bytes', async () => {
		const client = await openRaw(transport, version);
		client.send(announce(1, 65_533));
		await client.closed;
		expect(client.packets.received).toEqual([]);
	});

	test('takes a CONNECT of 60,000 bytes, byte by byte at its end, and a publish of one byte each', async () => {
		const client = await openRaw(transport, version);
		const packet = connectPacket(version, ADMIN, Buffer.from(JSON.stringify({ message: 'x'.repeat(60_000) })));
		client.send(packet.subarray(0, -20));
		for (const byte of packet.subarray(-20)) client.send(Buffer.from([byte]));
		await client.packets.until(({ cmd }) => cmd === 'connack');
		for (const byte of publishOf(300, version)) client.send(Buffer.from([byte]));
		await client.packets.until(({ cmd }) => cmd === 'puback');
	});

	test('takes many packets at once, cut anywhere', async () => {
		const client = await openRaw(transport, version);
		await client.login();
		const bytes = Buffer.concat(Array.from({ length: 100 }, () => publishOf(500, version)));
		client.send(bytes.subarray(0, 777));
		client.send(bytes.subarray(777));
		await expect.poll(() => client.packets.received.filter(({ cmd }) => cmd === 'puback').length).toBe(100);
	});
});

test('packets are the same wherever the stream is cut', () => {
	const stream = Buffer.concat([
		connectPacket(5),
		...[2, 127, 128, 300, 16_384].map((size) => (size < 20 ? Buffer.from([0xc0, 0]) : publishOf(size))),
	]);
	for (let step = 1; step < 200; step = Math.ceil(step * 1.5)) {
		const framing = new Framing(65_536, 16_384);
		const passed: Buffer[] = [];
		for (let at = 0; at < stream.length; at += step) {
			expect(framing.take(stream.subarray(at, at + step), (packets) => passed.push(packets))).toBeUndefined();
		}
		expect(Buffer.concat(passed).equals(stream)).toBe(true);
	}
});

const tooLong = JSON.stringify({ message: 'x'.repeat(16_384) });
const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/json' };

describe('a body over HTTP', () => {
	test('of 16,384 bytes is read, of one more refused', async () => {
		const id = newId('body');
		const padded = (size: number) => '{"message":"x"}'.padEnd(size);
		expect((await rest('PUT', `/Sign/${id}`, padded(16_384))).status).toBe(204);
		for (const [method, path] of [
			['PUT', `/Sign/${id}`],
			['PATCH', '/Sign/?location=none'],
			['POST', '/Session/'],
			['PUT', '/Rejection/x'],
			['QUERY', '/Sign/'],
		] as const) {
			const { status, text } = await rest(method, path, padded(16_385));
			expect([method, status]).toEqual([method, 413]);
			expect(text).toBe(`"Refusal: a request's body must have at most 16384 bytes"`);
		}
	});

	test('without a Content-Length is refused when it is too long', async () => {
		const body = () => new Blob([tooLong.slice(0, 9_000), tooLong.slice(9_000)]).stream();
		for (const path of [`/Sign/${newId('chunked')}`, '/Session/']) {
			const method = path === '/Session/' ? 'POST' : 'PUT';
			const answer = await fetch(url + path, { method, headers, body: body(), duplex: 'half' } as RequestInit);
			expect(answer.status).toBe(413);
			expect(await answer.text()).toContain(`a request's body must have at most 16384 bytes`);
		}
		const id = newId('chunked');
		const short = new Blob(['{"message":', '"chunked"}']).stream();
		const answer = await fetch(`${url}/Sign/${id}`, {
			method: 'PUT',
			headers,
			body: short,
			duplex: 'half',
		} as RequestInit);
		expect(answer.status).toBe(204);
		expect(await get(id)).toMatchObject({ message: 'chunked' });
	});

	test.for(['Content-Length: 1000000000', 'Transfer-Encoding: chunked'])(
		'with %s is answered, and its connection closed, when it never ends',
		async (header) => {
			const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
			let answer = ''; // not read to the stream's end: a client that goes on sending may get a reset
			socket.setEncoding('utf8').on('data', (part) => (answer += part));
			const heads = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
			socket.write([`PUT /Sign/endless HTTP/1.1`, 'Host: x', header, ...heads, '', ''].join('\r\n'));
			const chunk = header.startsWith('Content') ? 'x'.repeat(1_000) : `3e8\r\n${'x'.repeat(1_000)}\r\n`;
			const sending = setInterval(() => socket.write(chunk), 2);
			const closed = new Promise((done) => socket.once('close', done));
			await closed;
			clearInterval(sending);
			expect(answer).toMatch(/^HTTP\/1.1 413 [^]*a request's body must have at most 16384 bytes/);
		}
	);

	test('of a request that has none by its method is not read', async () => {
		const id = newId('bodied');
		await rest('PUT', `/Sign/${id}`, { message: 'x' });
		const ask = (method: string, path: string, length = 4) => {
			const socket = connect(Number(new URL(url).port), '127.0.0.1');
			const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', `Content-Length: ${length}`];
			const heads = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
			socket.write([...lines, ...heads, '', '{bad'].join('\r\n'));
			return text(socket);
		};
		for (const path of [`/Sign/${id}`, '/Sign/', '/Session/', '/Rejection/admin', '/openapi']) {
			expect(await ask('GET', path)).toMatch(/^HTTP\/1.1 (200|404)/);
			expect(await ask('GET', path, 16_385)).toMatch(/^HTTP\/1.1 413/);
		}
		expect(await ask('DELETE', '/Session/')).toMatch(/^HTTP\/1.1 204/);
		expect(await readFile(inject('logFile'), 'utf8')).not.toContain('uncaughtException');
	});
});

describe('a WebSocket', () => {
	test('takes a message of 16,384 bytes, and is closed at one more', async () => {
		const { socket, feed } = await openWebSocket('/Sign/');
		socket.send(' '.repeat(16_384));
		await feed.until(({ type }) => type === 'error');
		const closed = new Promise<number>((done) => socket.once('close', done));
		socket.send(' '.repeat(16_385));
		expect(await closed).toBe(1009);
	});

	test('that reads a rejection is refused when it writes', async () => {
		const { send, feed } = await openWebSocket(`/Rejection/${ADMIN.username}`);
		send({ error: 'x' });
		expect(await feed.until(({ type }) => type === 'error')).toMatchObject({ status: 405 });
	});
});

test('a payload of very many fields or levels is refused in about the time that it takes to parse it', () => {
	const refuse = (payload: unknown) => expect(() => parseChange(payload, 'x')).toThrow(/ must (be|have) /);
	/** The shortest of several times: what else runs on the machine only makes them longer. */
	const timeOf = (action: () => void) =>
		Math.min(
			...Array.from({ length: 5 }, () => {
				const before = performance.now();
				action();
				return performance.now() - before;
			})
		);
	for (const json of [
		JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`field${n}`, n]))),
		`{"message":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
		`{"message":["${'x'.repeat(500_000)}",${'1,'.repeat(50_000)}1]}`,
	]) {
		const payload: unknown = JSON.parse(json);
		const parsing = timeOf(() => void JSON.parse(json));
		expect(timeOf(() => refuse(payload))).toBeLessThan(3 * parsing);
	}
});
