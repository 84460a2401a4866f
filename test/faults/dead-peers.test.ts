/**
 * Breaks: clients whose machine vanishes, and clients that answer no ping.
 * Promised: a WebSocket, Server-Sent Events and MQTT over WebSocket end within 60 s of the last sign of life; each WebSocket is pinged
 * at least every 30 s, and those that answer stay open.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import { freePorts } from '../../launcher/ports.ts';
import { makeCertificate } from '../support/certificate.ts';
import { openEventSource, openWebSocket, useServer, webSocketUrl } from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { connectMqttSocket, frame, isConnected, openRaw, openVanishing } from '../support/peers.ts';
import { startProgramOf } from '../support/program.ts';
import { hasWebSocketClient, PYTHON } from '../support/real/programs.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const MAX_SILENCE_MS = 60_000;
const MAX_PING_GAP_MS = 30_000;

let harper: TemporaryHarper;
let folder: string;
beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'led-sign-tls-'));
	const [httpsPort, mqttsPort] = (await freePorts(2)) as [number, number];
	harper = await startTemporaryHarper({ tls: { httpsPort, mqttsPort, ...makeCertificate(folder) } });
	useServer(harper);
});
afterAll(async () => {
	await harper?.remove();
	rmSync(folder, { recursive: true, force: true });
});

/** The times of the pings of each client that answers them. */
const pingsOf = new Map<string, Feed<number>>();
const pings = (name: string) => {
	const feed = new Feed<number>(`pings of ${name}`);
	pingsOf.set(name, feed);
	return () => feed.push(performance.now());
};

const DEAD_AND_LIVING = { timeout: 150_000, skip: !hasWebSocketClient };

test('peers that are dead are disconnected within 60 s, and others are pinged', DEAD_AND_LIVING, async () => {
	const { socket: library } = await openWebSocket('/Sign/');
	library.on('ping', pings('the library ws'));
	const { socket: rejection } = await openWebSocket('/Rejection/admin');
	rejection.on('ping', pings('the library ws on a rejection'));
	const tls = { headers: { Authorization: basic(ADMIN) }, rejectUnauthorized: false };
	const secure = new WebSocket(`wss://127.0.0.1:${harper.options.tls!.httpsPort}/Sign/`, tls);
	onTestFinished(() => secure.terminate());
	secure.on('ping', pings('the library ws over TLS'));
	await once(secure, 'open');
	const { client: mqtt, socket: mqttSocket } = await connectMqttSocket();
	mqttSocket.on('ping', pings('MQTT.js'));
	const python = startProgramOf(PYTHON, [
		new URL('../support/ping-watch.py', import.meta.url).pathname,
		`${webSocketUrl()}/Sign/`,
		basic(ADMIN),
	]);
	await python.until('open');
	const pythonPing = pings('websocket-client');
	python.child.stdout.on('data', (lines: string) => String(lines).includes('ping') && pythonPing());
	const rawPing = pings('a raw socket');
	const raw = await openRaw(harper, '/Sign/answers', (pong) => {
		rawPing();
		pong();
	});
	const talker = await openRaw(harper, '/Sign/talks', pings('a raw socket that sends, and answers no ping'));
	const talk = setInterval(() => talker.socket.write(frame(0x81, Buffer.from('{"power":true}'))), 10_000);
	onTestFinished(() => clearInterval(talk));
	const { source } = await openEventSource('/Sign/');

	const start = performance.now();
	const mute = await openRaw(harper, '/Sign/mute');
	const stuck = await openRaw(harper, '/Sign/stuck');
	stuck.socket.pause();
	const vanished = await openVanishing(harper);
	const left = () => vanished.filter(({ port }) => isConnected(harper, port)).map(({ name }) => name);
	expect(left()).toHaveLength(7);
	const stuckPort = (stuck.socket.address() as { port: number }).port;
	const stuckGone = async () => {
		await expect.poll(() => isConnected(harper, stuckPort), { timeout: MAX_SILENCE_MS }).toBe(false);
		return performance.now();
	};
	const allGone = () => expect.poll(left, { timeout: MAX_SILENCE_MS }).toEqual([]);
	const [, ...ends] = await Promise.all([allGone(), mute.closed, stuckGone()]);
	for (const end of ends) expect(end - start).toBeLessThan(MAX_SILENCE_MS);

	const end = start + MAX_SILENCE_MS + MAX_PING_GAP_MS / 3;
	await new Promise((done) => setTimeout(done, end - performance.now()));
	for (const [name, { received }] of pingsOf) {
		const times = [start, ...received, performance.now()];
		const gaps = times.slice(1).map((time, i) => time - times[i]!);
		expect([name, received.length >= 2, Math.max(...gaps) <= MAX_PING_GAP_MS]).toEqual([name, true, true]);
	}
	for (const { readyState } of [library, rejection, secure]) expect(readyState).toBe(library.OPEN);
	expect([mqtt.connected, python.child.exitCode, raw.socket.closed, talker.socket.closed]).toEqual([
		true,
		null,
		false,
		false,
	]);
	expect(source.readyState).toBe(source.OPEN);
});
