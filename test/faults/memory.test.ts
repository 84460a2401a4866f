/**
 * Breaks: strangers and one device send far too much, or never complete what they send.
 * Promised: they are refused or disconnected, honest subscribers notice nothing, and the server's memory comes back.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { watchMemory, withstands } from '../support/abuse.ts';
import { addAccount, rest, useServer } from '../support/clients.ts';
import { announce, connectPacket, openRaw } from '../support/raw-mqtt.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const MINUTES = { timeout: 180_000 };
const STRANGER = { username: 'nobody', password: 'wrong' };
const MEGABYTE = Buffer.alloc(1_000_000, 'x');

let harper: TemporaryHarper;

beforeAll(async () => {
	harper = await startTemporaryHarper();
	useServer(harper);
});

afterAll(() => harper?.remove());

/** One begins every 20 ms, so that this measures the server and not the clients on the same machine. */
const times = (count: number, action: () => Promise<unknown>) =>
	Promise.all(
		Array.from({ length: count }, async (_, n) => {
			await sleep(20 * n);
			return action();
		})
	);

function openSocket(url: string): Socket {
	const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
	socket.resume();
	onTestFinished(() => void socket.destroy());
	return socket;
}

/** In ms for a MB: all of them share a fast line, of 250 Mbit a second. What loopback does beyond it is work of the kernel. */
const LINK_MS = 32;
let linkIsFreeAt = 0;

/** Sends as fast as the server reads, at most 20 MB a second, until everything is sent or the server has closed. */
async function pour(socket: Socket, megabytes: number, wrap = (bytes: Buffer) => bytes) {
	const closed = new Promise((done) => socket.once('close', done));
	for (let sent = 0; sent < megabytes && !socket.destroyed && socket.writable; sent++) {
		linkIsFreeAt = Math.max(linkIsFreeAt, performance.now()) + LINK_MS;
		await sleep(Math.max(50, linkIsFreeAt - performance.now()));
		if (!socket.write(wrap(MEGABYTE))) await Promise.race([new Promise((done) => socket.once('drain', done)), closed]);
	}
}

async function floodConnect(megabytes: number) {
	const socket = openSocket(harper.mqttUrl);
	socket.write(announce(1, 250_000_000));
	await pour(socket, megabytes);
	return socket;
}

test('CONNECTs that announce 250 MB', MINUTES, async () => {
	await withstands(harper, async () => {
		const sockets = (await times(20, () => floodConnect(30))) as Socket[];
		await expect.poll(() => sockets.filter(({ destroyed }) => !destroyed).length).toBe(0);
	});
});

test.for(['Content-Length: 9500000', 'Transfer-Encoding: chunked'])(
	'bodies of 9.5 MB without a login that are not completed, with %s',
	MINUTES,
	async (header) => {
		const chunk = (bytes: Buffer) =>
			header.startsWith('T') ? Buffer.concat([Buffer.from('f4240\r\n'), bytes, Buffer.from('\r\n')]) : bytes;
		await withstands(harper, async () => {
			const sockets = (await times(60, async () => {
				const socket = openSocket(harper.url);
				socket.write(`PUT /Sign/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n`);
				await pour(socket, 9, chunk);
				return socket;
			})) as Socket[];
			await expect.poll(() => sockets.filter(({ destroyed }) => !destroyed).length).toBe(0);
		});
	}
);

// Cause: Harper allows 10 MB for each request, and the application has bounds for its own paths only.
test.for(['POST /Nope', 'POST /Session', 'GET /Thread/', 'PUT /Thread/'])(
	'bodies of 9.5 MB without a login that are not completed cost no memory while they are held: %s',
	MINUTES,
	async (request) => {
		const memory = await watchMemory(harper);
		const sockets = Array.from({ length: 20 }, () => openSocket(harper.url));
		const head = `${request} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9500000\r\n\r\n`;
		await Promise.all(sockets.map((socket) => (socket.write(head), pour(socket, 9))));
		expect(await memory.grown(), 'memory in use, against that before').toBeLessThan(1.2);
	}
);

/** Written by hand: a library would answer the server's close frame, and disconnect. */
async function endlessWebSocket(sends: 'messages of 1 MB' | 'one of 90 MB', path: string, protocol?: string) {
	const socket = openSocket(harper.url);
	const lines = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
	lines.push('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==');
	if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
	socket.write(`${lines.join('\r\n')}\r\n\r\n`);
	// masked, by zeros
	const head = Buffer.from('82ff00000000000f424000000000', 'hex');
	if (sends === 'messages of 1 MB') await pour(socket, 20, (bytes) => Buffer.concat([head, bytes]));
	else {
		head.writeBigUInt64BE(90_000_000n, 2);
		socket.write(head);
		await pour(socket, 20);
	}
	return socket;
}

test.for(['/Sign/', '/nothing', '/ mqtt'])('WebSockets of strangers that send without end: %s', MINUTES, async (to) => {
	const [path, protocol] = to.split(' ') as [string, string?];
	await withstands(harper, async () => {
		const open = async () => [
			await endlessWebSocket('messages of 1 MB', path, protocol),
			await endlessWebSocket('one of 90 MB', path, protocol),
		];
		const sockets = ((await times(10, open)) as Socket[][]).flat();
		await expect.poll(() => sockets.filter(({ destroyed }) => !destroyed).length, { timeout: 5_000 }).toBe(0);
	});
});

test('MQTT connections that send no complete CONNECT, or a wrong password, are ended', MINUTES, async () => {
	await withstands(harper, async () => {
		const start = Date.now();
		const packet = connectPacket(5);
		const begin = async (transport: 'TCP' | 'WebSocket', what: 'nothing' | 'half' | 'wrong') => {
			const client = await openRaw(transport);
			if (what === 'wrong') await client.login(STRANGER);
			if (what === 'half') {
				client.send(announce(1, 60_000));
				const dripping = setInterval(() => client.isOpen() && client.send(packet.subarray(9, 10)), 20);
				onTestFinished(() => clearInterval(dripping));
			}
			await client.closed;
		};
		const kinds = ['nothing', 'half', 'wrong'] as const;
		await times(30, () => Promise.all(kinds.flatMap((what) => [begin('TCP', what), begin('WebSocket', what)])));
		expect(Date.now() - start).toBeGreaterThan(9_000);
		expect(Date.now() - start).toBeLessThan(20_000);
	});
});

test('publishes of 51 MB by a device are ended, whatever is in them', MINUTES, async () => {
	const device = await addAccount('abuser', 'sign_device');
	const keys = (from: number) => Buffer.from(Array.from({ length: 60_000 }, (_, n) => `"k${from + n}":1,`).join(''));
	await withstands(harper, async () => {
		for (const piece of [keys(0), MEGABYTE.map(() => 0x5b)]) {
			const client = await openRaw('TCP');
			await client.login(device);
			client.send(Buffer.concat([announce(3, 51_000_000), Buffer.from(`\0\x08Sign/abc{"a":`)]));
			for (let sent = 0; sent < 51 && client.isOpen(); sent++) {
				client.send(Buffer.from(piece));
				await sleep(1);
			}
			await client.closed;
			expect(client.packets.last).toMatchObject({ cmd: 'disconnect', reasonCode: 0x95 });
		}
	});
	expect((await rest('GET', `/Rejection/${device.username}`, undefined, device)).json()).toMatchObject({ status: 413 });
});
