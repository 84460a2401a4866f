/**
 * nginx, Caddy and HAProxy in front of the server, each with the configuration of docs/proxies.md and with as little as it needs:
 * page, login, REST, event stream, WebSocket, MQTT over WebSocket and over TLS. Where one is missing, CI fails; elsewhere its
 * tests are skipped with the reason.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { stripVTControlCharacters } from 'node:util';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { article, describePage, openPage, untilState } from '../page/browser.ts';
import { makeCertificate } from '../support/certificate.ts';
import { get, newId, rest, useServer, type Account, type Row } from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { openHttp2 } from '../support/http2.ts';
import { runCommand } from '../support/program.ts';
import { missing, PROXIES, startProxy, type Kind, type Proxy } from '../support/proxies.ts';
import { basic } from '../../launcher/operations-api.ts';
import { freePorts } from '../../launcher/ports.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const MINUTE = { timeout: 60_000 };
/** An address of this machine that is not the one of the proxy. */
const CLIENT = '127.0.30.1';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const LOGIN = { ...JSON_TYPE, Authorization: basic(ADMIN) };

let harper: TemporaryHarper;
let folder: string;
let harperCa: Buffer;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'led-sign-proxied-'));
	const { certificate, privateKey } = makeCertificate(folder);
	harperCa = readFileSync(certificate);
	const [httpsPort, mqttsPort] = await freePorts(2);
	harper = await startTemporaryHarper({
		logsWrongLogins: true,
		tls: { httpsPort: httpsPort!, mqttsPort: mqttsPort!, certificate, privateKey, http2: true },
		env: { TRUSTED_PROXIES: '127.0.0.1' },
	});
	useServer(harper);
});

afterAll(async () => {
	await harper?.remove();
	rmSync(folder, { recursive: true, force: true });
});

/** A request over HTTP/1.1 from CLIENT. */
function open({ url, ca }: Proxy, method: string, path: string, headers: Record<string, string> = {}, body?: object) {
	return new Promise<IncomingMessage>((done, fail) => {
		const send = url.startsWith('https') ? httpsRequest : httpRequest;
		const options = { method, headers, ca, host: '127.0.0.1', servername: 'localhost', localAddress: CLIENT };
		const sent = send(url + path, { ...options, agent: false, setHost: true }, done);
		sent.setHeader('Host', new URL(url).host);
		sent.on('error', fail).end(body && JSON.stringify(body));
	});
}

async function ask(...request: Parameters<typeof open>) {
	const response = await open(...request);
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	return { status: response.statusCode, text, cookies: response.headers['set-cookie'] ?? [] };
}

/** The parts of an event stream, as they arrive. */
async function openStream(proxy: Proxy, path: string) {
	const response = await open(proxy, 'GET', path, { ...LOGIN, Accept: 'text/event-stream' });
	const feed = new Feed<string>(`events of ${path} through ${proxy.url}`);
	response.setEncoding('utf8').on('data', (part: string) => feed.push(part));
	response.on('error', () => {});
	return { feed, end: () => response.destroy() };
}

/** The shortest of three times, in ms: what a proxy holds back is late each time, and what a busy machine delays is not. */
async function fastest(attempt: (n: number) => Promise<unknown>): Promise<number> {
	const times: number[] = [];
	for (let n = 1; n <= 3; n++) {
		const start = performance.now();
		await attempt(n);
		times.push(performance.now() - start);
	}
	return Math.min(...times);
}

function connectMqtt(proxy: Proxy, over: 'WebSocket' | 'TLS', account: Account = ADMIN) {
	const { url, ca, mqttsPort: port } = proxy;
	const options: mqtt.IClientOptions = { ...account, protocolVersion: 5, reconnectPeriod: 0 };
	if (over === 'WebSocket') {
		const wsOptions = { ca, localAddress: CLIENT };
		return mqtt.connect(`${url.replace('http', 'ws')}/`, { ...options, wsOptions });
	}
	const secure = { host: '127.0.0.1', port: port!, localAddress: CLIENT, ca: harperCa, servername: 'localhost' };
	return new mqtt.MqttClient(() => connectTls(secure).on('error', () => {}), options);
}

/** Writes a sign over MQTT, and gets it back. */
async function echoOverMqtt(proxy: Proxy, over: 'WebSocket' | 'TLS') {
	const id = newId('echo');
	const client = connectMqtt(proxy, over);
	onTestFinished(() => client.endAsync(true));
	await once(client as never, 'connect');
	const feed = new Feed<Row>(`${id} over ${over}`);
	client.on('message', (_topic, payload) => feed.push(JSON.parse(String(payload))));
	await client.subscribeAsync(`Sign/${id}`, { qos: 1 });
	await client.publishAsync(`Sign/${id}`, '{"message":"echo"}', { qos: 1 });
	await feed.until((row) => row?.message === 'echo');
}

const cookieOf = (cookies: string[]) => cookies.map((cookie) => cookie.split(';')[0]).join('; ');

/** A login as that of a page, and what its requests may do. */
async function logIn(proxy: Proxy, more: Record<string, string> = {}) {
	const page = { ...JSON_TYPE, Origin: proxy.url, ...more };
	const { status, text, cookies } = await ask(proxy, 'POST', '/Session', page, ADMIN);
	if (status !== 200) return { status, text };
	const cookie = { Cookie: cookieOf(cookies) };
	const id = newId('session');
	expect((await ask(proxy, 'PUT', `/Sign/${id}`, { ...page, ...cookie }, { message: 'by a page' })).status).toBe(204);
	expect((await ask(proxy, 'GET', `/Sign/${id}`, cookie)).text).toContain('by a page');
	expect((await ask(proxy, 'DELETE', '/Session', { ...page, ...cookie })).status).toBe(204);
	expect((await ask(proxy, 'GET', `/Sign/${id}`, cookie)).status).toBe(401);
	return { status, text };
}

/** The address with which the log has the failed login of that account. */
async function loggedAddress({ username }: Account): Promise<string | undefined> {
	const entry = new RegExp(`username: '${username}'[^}]*?(?:originating_ip|remoteAddress): '([^']*)'`);
	const read = () => entry.exec(stripVTControlCharacters(readFileSync(harper.logFile, 'utf8')))?.[1];
	await expect.poll(read, { message: `the log has a failed login of ${username}` }).toBeDefined();
	return read();
}

const wrong = () => ({ username: newId('wrong'), password: 'wrong' });

async function failOverMqtt(proxy: Proxy, over: 'WebSocket' | 'TLS', account: Account) {
	const client = connectMqtt(proxy, over, account).on('error', () => {});
	onTestFinished(() => client.endAsync(true));
	await new Promise<void>((done) => client.once('close', () => done()));
}

const CASES = PROXIES.flatMap((name) =>
	(['documented', 'defaults'] as const).map((kind): [string, Kind] => [name, kind])
);

describe.for(CASES)('%s, %s', ([name, kind]) => {
	const reason = missing(name as (typeof PROXIES)[number]);
	if (reason && !process.env.CI) return void test.skip(reason, () => {});
	const isDocumented = kind === 'documented';
	/** nginx with its defaults sends another Host, no X-Forwarded-For, and no Upgrade. */
	const isBareNginx = name === 'nginx' && !isDocumented;
	const forwardsAddress = isDocumented || name === 'caddy';
	let proxy: Proxy;
	let stream: Awaited<ReturnType<typeof openStream>>;

	beforeAll(async () => {
		if (reason) throw new Error(reason);
		proxy = await startProxy(name as (typeof PROXIES)[number], kind, harper);
	});
	afterAll(async () => {
		stream?.end();
		await proxy?.stop();
	});

	test('an event stream begins within a second, and has each change within a second', MINUTE, async () => {
		const id = newId('stream');
		const begin = async () => {
			stream?.end();
			stream = await openStream(proxy, `/Sign/${id}`);
			await stream.feed.until((part) => part.includes('event: heartbeat'));
		};
		expect(await fastest(begin)).toBeLessThan(1_000);
		const change = async (n: number) => {
			await rest('PUT', `/Sign/${id}`, { message: `change ${n}` });
			await stream.feed.until((part) => part.includes(`change ${n}`));
		};
		expect(await fastest(change)).toBeLessThan(1_000);
	});

	test('the page and REST', async () => {
		expect((await ask(proxy, 'GET', '/')).text).toContain('<title>');
		const id = newId('rest');
		expect((await ask(proxy, 'PUT', `/Sign/${id}`, LOGIN, { message: 'hello' })).status).toBe(204);
		expect(await get(id)).toMatchObject({ message: 'hello' });
		expect((await ask(proxy, 'GET', `/Sign/${id}`, LOGIN)).text).toContain('hello');
		const refused = await ask(proxy, 'PATCH', `/Sign/${id}`, LOGIN, { brightness: 99 });
		expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('got 99')]);
	});

	test('a page logs in, reads, writes and logs out', async () => {
		const older = await logIn(proxy);
		expect(older.status).toBe(isBareNginx ? 403 : 200);
		if (isBareNginx) expect(older.text).toContain(`Origin is \\"${proxy.url}\\", Host is \\"127.0.0.1:`);
		expect((await logIn(proxy, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
		expect((await logIn(proxy, { Origin: 'https://evil.example' })).status).toBe(403);
	});

	test.skipIf(isBareNginx)('WebSocket', async () => {
		const id = newId('socket');
		const headers = { Authorization: basic(ADMIN), Origin: proxy.url };
		const socket = new WebSocket(`${proxy.url.replace('http', 'ws')}/Sign/${id}`, { ca: proxy.ca, headers });
		onTestFinished(() => socket.terminate());
		const feed = new Feed<string>('WebSocket');
		socket.on('message', (data) => feed.push(String(data)));
		await once(socket, 'open');
		socket.send('{"message":"by WebSocket"}');
		await feed.until((text) => text.includes('by WebSocket'));
	});

	test.skipIf(isBareNginx)('MQTT over WebSocket', () => echoOverMqtt(proxy, 'WebSocket'));

	test.skipIf(!isDocumented || name === 'caddy')('MQTT over TLS', () => echoOverMqtt(proxy, 'TLS'));

	test('the log has the address of the client that the proxy says', async () => {
		const address = forwardsAddress ? CLIENT : '127.0.0.1';
		const [basicAccount, page, webSocket, tls] = [wrong(), wrong(), wrong(), wrong()];
		const forged = { 'X-Forwarded-For': '6.6.6.6' };
		await ask(proxy, 'GET', '/Sign/', { Authorization: basic(basicAccount), ...(forwardsAddress && forged) });
		expect(await loggedAddress(basicAccount)).toBe(address);
		await ask(proxy, 'POST', '/Session', { ...JSON_TYPE, ...(forwardsAddress && forged) }, page);
		expect(await loggedAddress(page)).toBe(address);
		if (!isBareNginx) {
			await failOverMqtt(proxy, 'WebSocket', webSocket);
			expect(await loggedAddress(webSocket)).toBe(address);
		}
		if (proxy.mqttsPort) {
			await failOverMqtt(proxy, 'TLS', tls);
			expect(await loggedAddress(tls)).toBe(address);
		}
	});

	test.skipIf(!isDocumented)('over HTTP/2 a page logs in, reads and gets events', async () => {
		const { send } = openHttp2(proxy.url, proxy.ca!);
		const headers = { ...JSON_TYPE, origin: proxy.url };
		const { status, cookies } = await send('POST', '/Session', headers, JSON.stringify(ADMIN)).answer;
		expect(status).toBe(200);
		const cookie = cookieOf(cookies);
		const { feed } = send('GET', '/Sign/', { cookie, accept: 'text/event-stream' });
		await feed.until((part) => part.includes('event: heartbeat'));
		const ca = join(folder, `${name}-ca.pem`);
		writeFileSync(ca, proxy.ca!);
		expect(await curlLogin(proxy.url, ca)).toBe('2 200');
	});

	describePage('in Chromium', () => {
		test('the page logs in, is live, and shows a change', MINUTE, async () => {
			const id = newId('page');
			await rest('PUT', `/Sign/${id}`, { message: 'before' });
			const page = await openPage(proxy.url, { ignoreHTTPSErrors: true });
			await untilState(page, 'Signed out');
			await page.getByLabel('Username').fill(ADMIN.username);
			await page.getByLabel('Password').fill(ADMIN.password);
			await page.keyboard.press('Enter');
			await untilState(page, 'Live');
			await article(page, id).waitFor();
			const later = newId('later');
			const status = await page.evaluate(
				async (path) =>
					(await fetch(path, { method: 'PUT', body: '{}', headers: { 'Content-Type': 'application/json' } })).status,
				`/Sign/${later}`
			);
			expect(status).toBe(204);
			await article(page, later).waitFor();
			await page.reload();
			await article(page, later).waitFor();
			const socket = await page.evaluate(
				() =>
					new Promise<string>((done) => {
						const socket = new globalThis.WebSocket('/Sign/');
						socket.onmessage = () => done('received');
						socket.onclose = ({ code, reason }) => done(`${code} ${reason}`);
					})
			);
			if (isBareNginx) expect(socket).not.toBe('received');
			else expect(socket).toBe('received');
		});
	});

	test('an event stream is still open after a heartbeat', MINUTE, async () => {
		const isLater = (part: string) => part.includes('event: heartbeat') && stream.feed.received[0] !== part;
		await stream.feed.until(isLater, 20_000);
	});
});

test('who comes through a trusted proxy on the same machine is no local client', MINUTE, async () => {
	const local = await startTemporaryHarper({ authorizeLocal: true, env: { TRUSTED_PROXIES: '127.0.0.1' } });
	onTestFinished(() => local.remove());
	const status = async (headers: Record<string, string>) => (await fetch(`${local.url}/Sign/`, { headers })).status;
	expect(await status({})).toBe(200);
	expect(await status({ 'X-Forwarded-For': '198.51.100.7' })).toBe(401);
	const answerTo = async (header: string) => {
		const stream = () => {
			const socket = connectTcp(Number(new URL(local.mqttUrl).port), '127.0.0.1');
			socket.write(header);
			return socket;
		};
		const client = new mqtt.MqttClient(stream, { protocolVersion: 5, reconnectPeriod: 0 }).on('error', () => {});
		onTestFinished(() => client.endAsync(true));
		return new Promise((done) =>
			client.once('packetreceive', (packet) => done((packet as mqtt.IConnackPacket).reasonCode))
		);
	};
	expect(await answerTo('')).toBe(0);
	expect(await answerTo('PROXY TCP4 198.51.100.7 192.0.2.9 4711 1883\r\n')).toBe(0x87);
});

/** @returns the version of HTTP, and the status */
async function curlLogin(url: string, ca: string): Promise<string> {
	const words = ['-sS', '--http2', '--cacert', ca, '-o', '/dev/null', '-w', '%{http_version} %{http_code}'];
	const { stdout, stderr } = await runCommand('curl', [
		...words,
		'-H',
		`Origin: ${url}`,
		'--json',
		JSON.stringify(ADMIN),
		`${url}/Session`,
	]);
	return stdout || stderr;
}

describe("Harper's own HTTP/2", () => {
	const url = () => `https://127.0.0.1:${harper.options.tls!.httpsPort}`;

	test('curl logs in', async () => {
		expect(await curlLogin(url(), join(folder, 'certificate.pem'))).toBe('2 200');
	});

	describePage('in Chromium', () => {
		test('the page logs in and is live, and its WebSocket has a connection of its own', MINUTE, async () => {
			const page = await openPage(url(), { ignoreHTTPSErrors: true });
			await untilState(page, 'Signed out');
			await page.getByLabel('Username').fill(ADMIN.username);
			await page.getByLabel('Password').fill(ADMIN.password);
			await page.keyboard.press('Enter');
			await untilState(page, 'Live');
			const [protocol, received] = await page.evaluate(async () => [
				(performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).nextHopProtocol,
				await new Promise((done) => {
					const socket = new globalThis.WebSocket('/Sign/');
					socket.onmessage = () => done('received');
					socket.onclose = ({ code }) => done(code);
				}),
			]);
			expect([protocol, received]).toEqual(['h2', 'received']);
		});
	});
});
