/**
 * The address of a client behind a proxy: the limits for wrong logins and the log have it when a trusted proxy says it, over
 * HTTP by X-Forwarded-For and over MQTT by the PROXY protocol. Nobody else can choose an address.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { stripVTControlCharacters } from 'node:util';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { addAccount, newId, useServer, webSocketUrl, type Account } from '../support/clients.ts';
import { ask } from '../support/guessers.ts';
import { basic } from '../../launcher/operations-api.ts';
import { freePorts } from '../../launcher/ports.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

/** The proxies, and an address of this machine that is none of them. */
const PROXY = '127.0.20.1';
const OTHER_PROXY = '127.0.21.7';
const STRANGER = '127.0.22.1';

let harper: TemporaryHarper;
let folder: string;
let ca: Buffer;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'led-sign-forwarded-'));
	const { certificate, privateKey } = makeCertificate(folder);
	ca = readFileSync(certificate);
	const [httpsPort, mqttsPort] = await freePorts(2);
	harper = await startTemporaryHarper({
		logsWrongLogins: true,
		tls: { httpsPort: httpsPort!, mqttsPort: mqttsPort!, certificate, privateKey },
		env: { TRUSTED_PROXIES: `${PROXY}, 127.0.21.0/24, nonsense, 2001:db8::/32` },
	});
	useServer(harper);
});

afterAll(async () => {
	await harper?.remove();
	rmSync(folder, { recursive: true, force: true });
});

const wrong = (name: string) => ({ username: newId(name), password: 'wrong' });

/** The address with which the log has the failed login of that account. */
async function loggedAddress({ username }: Account): Promise<string | undefined> {
	const entry = new RegExp(`username: '${username}'[^}]*?(?:originating_ip|remoteAddress): '([^']*)'`);
	const read = async () => entry.exec(stripVTControlCharacters(await readFile(harper.logFile, 'utf8')))?.[1];
	await expect.poll(read, { message: `the log has a failed login of ${username}` }).toBeDefined();
	return read();
}

type LogIn = (account: Account, from: string, forwardedFor: string) => Promise<number | string>;

async function overMqtt(account: Account, url: string, options: mqtt.IClientOptions, stream?: () => never) {
	const all: mqtt.IClientOptions = { ...account, protocolVersion: 5, reconnectPeriod: 0, ...options };
	const client = stream ? new mqtt.MqttClient(stream, all) : mqtt.connect(url, all);
	client.on('error', () => {}); // the answer says it
	const answer = await new Promise<string>((done) => {
		client.once('packetreceive', (packet) => done(String((packet as mqtt.IConnackPacket).reasonCode)));
		client.once('close', () => done('closed'));
	});
	await client.endAsync(true);
	return answer;
}

/** Connects to a port of MQTT as a proxy does: the header of the PROXY protocol first. */
function connectWith(header: string | Buffer, port: number, localAddress: string, isTls: boolean) {
	const socket = connectTcp({ host: '127.0.0.1', port, localAddress });
	socket.write(header);
	return (isTls ? connectTls({ socket, ca }) : socket).on('error', () => {});
}

const v1 = (client: string) => `PROXY TCP4 ${client} 192.0.2.9 4711 8883\r\n`;
function v2(client: string): Buffer {
	const head = Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex');
	return Buffer.concat([head, Buffer.from(client.split('.').map(Number)), Buffer.from('c0000209126722b3', 'hex')]);
}

const mqttPort = () => Number(new URL(harper.mqttUrl).port);
const overProxyProtocol =
	(header: (client: string) => string | Buffer, isTls: boolean): LogIn =>
	(account, from, client) => {
		const port = isTls ? harper.options.tls!.mqttsPort : mqttPort();
		return overMqtt(account, '', {}, () => connectWith(header(client), port, from, isTls) as never);
	};

/** Each way to log in through a proxy: the status, or the reason code of the CONNACK. */
const HTTP_WAYS: Record<string, LogIn> = {
	'REST': async (account, from, forwardedFor) =>
		(await ask('GET', '/Sign/', from, { 'Authorization': basic(account), 'X-Forwarded-For': forwardedFor })).status,
	'Session': async (account, from, forwardedFor) => {
		const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': forwardedFor };
		return (await ask('POST', '/Session', from, headers, JSON.stringify(account))).status;
	},
	'MQTT over WebSocket': (account, from, forwardedFor) => {
		const headers = { 'X-Forwarded-For': forwardedFor };
		return overMqtt(account, `${webSocketUrl()}/`, { wsOptions: { localAddress: from, headers } });
	},
};
const MQTT_WAYS: Record<string, LogIn> = {
	'MQTT, PROXY 1': overProxyProtocol(v1, false),
	'MQTT, PROXY 2': overProxyProtocol(v2, false),
	'MQTT over TLS, PROXY 1': overProxyProtocol(v1, true),
	'MQTT over TLS, PROXY 2': overProxyProtocol(v2, true),
};
const WAYS = Object.entries({ ...HTTP_WAYS, ...MQTT_WAYS });

const RIGHT: (number | string)[] = [200, '0'];
const REFUSED: (number | string)[] = [429, '159'];

let clients = 0;
const newClient = () => `198.51.100.${++clients}`;

/** Guesses until the server refuses the client. */
async function guess(logIn: LogIn, { username }: Account, from: string, client: string): Promise<void> {
	const guesses = Array.from({ length: 30 }, (_, i) => logIn({ username, password: `guess ${i}` }, from, client));
	expect(REFUSED, 'one of 30 guesses').toContain((await Promise.all(guesses)).find((code) => REFUSED.includes(code)));
}

/** Does it for each way at the same moment: each guesser has to wait some seconds. */
const withEach = (ways: typeof WAYS, act: (name: string, logIn: LogIn) => Promise<void>) =>
	Promise.all(ways.map(([name, logIn]) => act(name, logIn)));

describe('through a trusted proxy', () => {
	test.for(WAYS)('%s: the log has the address of the client', async ([, logIn]) => {
		const [account, client] = [wrong('logged'), newClient()];
		await logIn(account, PROXY, client);
		expect(await loggedAddress(account)).toBe(client);
	});

	test('a client that guesses is refused, and does not keep another one out', async () => {
		const ways = WAYS.filter(([name]) => /^Session|WebSocket|TLS, PROXY 2/.test(name));
		await withEach(ways, async (name, logIn) => {
			const account = await addAccount('owner', 'sign_viewer');
			const guesser = newClient();
			await guess(logIn, account, PROXY, guesser);
			// at once: a guess is forgotten after ten seconds
			const again = ways.map(async ([other, logIn]) => ({ other, answer: await logIn(account, PROXY, guesser) }));
			for (const { other, answer } of await Promise.all(again))
				expect(REFUSED, `${other} after ${name}`).toContain(answer);
			expect(RIGHT, `another client, ${name}`).toContain(await logIn(account, PROXY, newClient()));
		});
	});

	test.for([
		['what a client has sent itself does not count', '6.6.6.6, 198.51.100.200', '198.51.100.200'],
		['a chain of trusted proxies is passed over', `6.6.6.6, 198.51.100.201, ${OTHER_PROXY}`, '198.51.100.201'],
		['a port is no part of the address', '198.51.100.202:4711', '198.51.100.202'],
		['an IPv6 address', '[2001:4860::1]:4711', '2001:4860::1'],
		['what is no address does not count', '6.6.6.6, unknown', PROXY],
	] as const)('%s', async ([, forwardedFor, client]) => {
		const account = wrong('chain');
		await HTTP_WAYS.REST!(account, PROXY, forwardedFor);
		expect(await loggedAddress(account)).toBe(client);
	});

	test('a connection without the PROXY protocol works too, and has the address of the proxy', async () => {
		const account = wrong('plain');
		for (const isTls of [false, true]) {
			await overProxyProtocol(() => '', isTls)(account, PROXY, '');
			expect(await loggedAddress(account)).toBe(PROXY);
		}
	});

	test.for(['PROXY TCP4 nonsense 1 2 3\r\n', `PROXY TCP4 ${'1'.repeat(200)}`])(
		'a header that breaks the rules of the PROXY protocol ends the connection: %j',
		async (header) => {
			expect(await overProxyProtocol(() => header, false)(wrong('broken'), PROXY, '')).toBe('closed');
		}
	);

	test('a header that comes byte by byte is read', async () => {
		const account = wrong('slow');
		const socket = connectTcp({ host: '127.0.0.1', port: mqttPort(), localAddress: PROXY }).setNoDelay(true);
		onTestFinished(() => void socket.destroy());
		for (const byte of v2('198.51.100.210')) {
			socket.write(Buffer.of(byte));
			await new Promise(setImmediate);
		}
		await overMqtt(account, '', {}, () => socket as never);
		expect(await loggedAddress(account)).toBe('198.51.100.210');
	});
});

describe('anybody else', () => {
	test.for(Object.entries(HTTP_WAYS))('%s: cannot choose the address in the log', async ([, logIn]) => {
		const account = wrong('forged');
		await logIn(account, STRANGER, '6.6.6.6');
		expect(await loggedAddress(account)).toBe(STRANGER);
	});

	test('gets no new guesses by another X-Forwarded-For', async () => {
		await withEach(Object.entries(HTTP_WAYS), async (_, logIn) => {
			const account = await addAccount('owner', 'sign_viewer');
			const from = `127.0.23.${++clients}`;
			let hops = 0;
			await guess((guess) => logIn(guess, from, `6.6.6.${++hops}`), account, from, '');
			expect(REFUSED).toContain(await logIn(account, from, '6.6.7.1'));
		});
	});

	test.for(Object.entries(MQTT_WAYS))('%s: is disconnected, as for any bytes that are not MQTT', async ([, logIn]) => {
		expect(await logIn(wrong('forged'), STRANGER, '6.6.6.6')).toBe('closed');
	});
});

test('the log says which part of the list is not trusted', async () => {
	expect(await readFile(harper.logFile, 'utf8')).toContain('not trusted: "nonsense"');
});
