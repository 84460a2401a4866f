/**
 * The rights of each account: every cell of the contract's matrix, over HTTP, MQTT 3.1.1 and MQTT 5. This Harper requires a
 * login from local clients too. RIGHTS has the expected results, in the contract's terms.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import {
	addAccount,
	get,
	mqttUrl,
	newId,
	operation,
	rest,
	url,
	type Account,
	webSocketUrl,
} from '../support/clients.ts';
import { connectPacket } from '../support/raw-mqtt.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const WHO = ['no account', 'wrong password', 'viewer', 'operator', 'own device', 'other device', 'super_user'] as const;
type Who = (typeof WHO)[number];

/** The accounts that have each right. All others are refused: with 401 when the login is wrong or missing, else with 403. */
const RIGHTS: Record<string, readonly Who[]> = {
	'read one': ['viewer', 'operator', 'own device', 'super_user'],
	'read all': ['viewer', 'operator', 'super_user'],
	'write': ['operator', 'own device', 'super_user'],
	'remove': ['operator', 'super_user'],
	'merge by query': ['operator', 'super_user'],
	'report': ['own device', 'super_user'],
	'report by query': ['super_user'],
	'own Rejection': ['viewer', 'operator', 'own device', 'other device', 'super_user'],
	'foreign Rejection': [],
	'connect': ['viewer', 'operator', 'own device', 'other device', 'super_user'],
};

const sign = newId('access');
const accounts = {} as Record<Who, Account | null>;
let before: unknown;

beforeAll(async () => {
	await operation({ operation: 'add_role', role: 'no_rights', permission: { super_user: false } });
	accounts['no account'] = null;
	accounts['wrong password'] = { ...ADMIN, password: 'wrong' };
	accounts.viewer = await addAccount('viewer', 'sign_viewer');
	accounts.operator = await addAccount('operator', 'sign_operator');
	accounts['own device'] = await addAccount('own', 'sign_device', sign);
	accounts['other device'] = await addAccount('other', 'sign_device');
	accounts.super_user = await addAccount('super');
});

beforeEach(async () => {
	await rest('PUT', `/Sign/${sign}`, { message: 'before', location: sign });
	await rest('PATCH', `/Sign/${sign}`, { online: false, shownRevision: 0 });
	before = await get(sign);
});

const refusal = (who: Who) => (['no account', 'wrong password'].includes(who) ? 401 : 403);

/** Each action over HTTP, with the right that it needs. It returns 200 when it was done, and 401 or 403 when it was refused. */
const HTTP: [name: string, right: string, act: (account: Account | null, who: Who) => Promise<number>][] = [
	['GET one', 'read one', (account) => status('GET', `/Sign/${sign}`, account)],
	['GET all', 'read all', (account) => status('GET', '/Sign/', account)],
	['GET by query', 'read all', (account) => status('GET', `/Sign/?location=${sign}`, account)],
	['GET of its history', 'read one', (account) => status('GET', `/History/${sign}`, account)],
	['SSE on one', 'read one', (account) => sse(`/Sign/${sign}`, account)],
	['SSE on all', 'read all', (account) => sse('/Sign/', account)],
	['WebSocket read of one', 'read one', (account) => webSocket(`/Sign/${sign}`, account)],
	['WebSocket read of all', 'read all', (account) => webSocket('/Sign/', account)],
	['WebSocket write on one', 'write', (account) => webSocket(`/Sign/${sign}`, account, { message: 'x' })],
	['WebSocket write on all', 'write', (account) => webSocketOnAll(account)],
	['PUT', 'write', (account) => status('PUT', `/Sign/${sign}`, account, { message: 'x' })],
	['PATCH', 'write', (account) => status('PATCH', `/Sign/${sign}`, account, { message: 'x' })],
	[
		'PATCH by query',
		'merge by query',
		(account) => status('PATCH', `/Sign/?location=${sign}`, account, { message: 'x' }),
	],
	[
		'PATCH by a query that selects nothing',
		'merge by query',
		(account) => status('PATCH', '/Sign/?location=-', account, {}),
	],
	[
		'PATCH of online by query',
		'report by query',
		(account) => status('PATCH', `/Sign/?location=${sign}`, account, { online: true }),
	],
	['DELETE', 'remove', (account) => status('DELETE', `/Sign/${sign}`, account)],
	['PATCH of online', 'report', (account) => status('PATCH', `/Sign/${sign}`, account, { online: true })],
	['PUT of shownRevision', 'report', (account) => status('PUT', `/Sign/${sign}`, account, { shownRevision: 1 })],
	['GET of its own Rejection', 'own Rejection', (account, who) => status('GET', `/Rejection/${nameOf(who)}`, account)],
	['GET of a foreign Rejection', 'foreign Rejection', (account) => status('GET', '/Rejection/somebody', account)],
	['SSE on a foreign Rejection', 'foreign Rejection', (account) => sse('/Rejection/somebody', account)],
	['GET of all Rejections', 'foreign Rejection', (account) => status('GET', '/Rejection/', account)],
];

const nameOf = (who: Who) => accounts[who]?.username ?? 'somebody';

describe.for(HTTP)('%s', ([, right, act]) => {
	test.for(WHO)(`is for those who may ${right}: %s`, async (who) => {
		const allowed = RIGHTS[right]!.includes(who);
		const answer = await act(accounts[who], who);
		// 404 is no refusal: there is no row yet
		expect([200, 201, 204, 404].includes(answer) ? 'allowed' : answer).toBe(allowed ? 'allowed' : refusal(who));
		if (!allowed) expect(await get(sign), 'nothing changed').toEqual(before);
	});
});

async function status(method: string, path: string, account: Account | null, body?: object): Promise<number> {
	const answer = await rest(method, path, body, account);
	expect(answer.text).not.toMatch(/\n\s+at |node_modules/);
	return answer.status;
}

async function sse(path: string, account: Account | null): Promise<number> {
	const headers: Record<string, string> = { Accept: 'text/event-stream' };
	if (account) headers.Authorization = basic(account);
	const response = await fetch(url + path, { headers });
	await response.body?.cancel();
	return response.status;
}

/** 200 when it receives the sign, or the change that it sends; 401 or 403 when it is closed or receives an error. */
function webSocket(path: string, account: Account | null, send?: object): Promise<number> {
	const headers = account ? { Authorization: basic(account) } : {};
	const socket = new WebSocket(webSocketUrl() + path, { headers });
	return new Promise<number>((done, fail) => {
		socket.on('error', fail);
		socket.on('open', () => send && socket.send(JSON.stringify(send)));
		socket.on('close', (code) => done({ 3000: 401, 3003: 403 }[code] ?? code));
		socket.on('message', (data) => {
			const event = JSON.parse(String(data));
			if (event.type === 'error') done(event.status);
			else if (event.id === sign && (!send || event.value?.message === 'x')) done(200);
		});
	}).finally(() => socket.terminate());
}

/** A device may not open the collection; this only checks that it cannot write there. */
async function webSocketOnAll(account: Account | null): Promise<number> {
	const answer = await webSocket('/Sign/', account, { id: sign, message: 'x' });
	return account === accounts['own device'] && answer === 403 ? status('PATCH', `/Sign/${sign}`, account, {}) : answer;
}

// ---------------------------------------------------------------------------------------------------------------- MQTT

/** Each action over MQTT, with the right that it needs. It returns whether it was done. */
const MQTT: [name: string, right: string, act: (client: mqtt.MqttClient, who: Who) => Promise<boolean>][] = [
	['connect', 'connect', async () => true],
	['subscribe to one', 'read one', (client) => subscribed(client, `Sign/${sign}`)],
	['subscribe to Sign/+', 'read all', (client) => subscribed(client, 'Sign/+')],
	['subscribe to Sign/#', 'read all', (client) => subscribed(client, 'Sign/#')],
	['subscribe to History/+', 'foreign Rejection', (client) => subscribed(client, 'History/+')],
	['subscribe to a history', 'foreign Rejection', (client) => subscribed(client, `History/${sign}`)],
	['subscribe to #', 'foreign Rejection', (client) => subscribed(client, '#')],
	['subscribe to its own Rejection', 'own Rejection', (client, who) => subscribed(client, `Rejection/${nameOf(who)}`)],
	['subscribe to a foreign Rejection', 'foreign Rejection', (client) => subscribed(client, 'Rejection/somebody')],
	['subscribe to Rejection/+', 'foreign Rejection', (client) => subscribed(client, 'Rejection/+')],
	['publish retained', 'write', (client) => published(client, '{"message":"x"}', true)],
	['publish plain', 'write', (client) => published(client, '{"message":"x"}', false)],
	['publish empty retained', 'remove', (client) => published(client, '', true)],
	['publish of online', 'report', (client) => published(client, '{"online":true}', false)],
	['publish of shownRevision', 'report', (client) => published(client, '{"shownRevision":1}', false)],
];

for (const protocolVersion of [4, 5] as const) {
	const name = protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
	describe.for(MQTT)(`${name} %s`, ([, right, act]) => {
		test.for(WHO)(`is for those who may ${right}: %s`, async (who) => {
			const allowed = RIGHTS[right]!.includes(who);
			const client = await connected(accounts[who], { protocolVersion });
			const done = client ? await act(client, who) : false;
			await client?.endAsync(true);
			expect(done).toBe(allowed);
			if (!allowed) expect(await get(sign), 'nothing changed').toEqual(before);
		});
	});

	test.for(WHO)(`${name} a last will on the sign is for those who may report: %s`, async (who) => {
		const will = { topic: `Sign/${sign}`, payload: Buffer.from('{"online":true}'), qos: 1 as const, retain: false };
		const client = await connected(accounts[who], { protocolVersion, will, clientId: newId('will') });
		// Harper acknowledges a connection before its will is stored; a write of the same connection is stored after it
		await client?.publishAsync(`Sign/${sign}`, '{}', { qos: 1 }).catch(() => {});
		const afterwards = await get(sign);
		client?.stream.destroy();
		const isOnline = async () => (await get(sign))!.online;
		if (RIGHTS.report!.includes(who)) {
			await expect.poll(isOnline).toBe(true);
			return;
		}
		await sleep(150); // to see that nothing comes
		expect(await get(sign), 'nothing changed').toEqual(afterwards);
	});
}

/** null when the connection is refused. */
function connected(account: Account | null, options: mqtt.IClientOptions): Promise<mqtt.MqttClient | null> {
	return mqtt.connectAsync(mqttUrl, { ...account, reconnectPeriod: 0, ...options }).then(
		(client) => client.on('error', () => {}),
		() => null
	);
}

const subscribed = (client: mqtt.MqttClient, topic: string) =>
	client.subscribeAsync(topic, { qos: 1 }).then(
		(granted) => granted.every(({ qos }) => qos < 0x80),
		() => false
	);

/** MQTT 3.1.1 acknowledges a refused publish too, so this looks at the row. */
async function published(client: mqtt.MqttClient, payload: string, retain: boolean): Promise<boolean> {
	const accepted = await client.publishAsync(`Sign/${sign}`, payload, { qos: 1, retain }).then(
		() => true,
		() => false
	);
	const changed = JSON.stringify(await get(sign)) !== JSON.stringify(before);
	if (client.options.protocolVersion === 5) expect(accepted).toBe(changed);
	return changed;
}

// ---------------------------------------------------------------------------------------------------- beyond the table

describe('an account that loses its right', () => {
	test('can no longer write over an open WebSocket or MQTT connection', async () => {
		const account = await addAccount('leaving', 'sign_operator');
		const client = (await connected(account, { protocolVersion: 4 }))!;
		const socket = new WebSocket(`${webSocketUrl()}/Sign/${sign}`, {
			headers: { Authorization: basic(account) },
		});
		const refused = new Promise<{ status: number }>((done) =>
			socket.on('message', (data) => {
				const event = JSON.parse(String(data));
				if (event.type === 'error') done(event);
				// the current value arrived: the WebSocket is open
				else if (event.value.message === 'before') void drop();
			})
		);
		const drop = async () => {
			await operation({ operation: 'drop_user', username: account.username });
			await expect.poll(() => status('GET', `/Sign/${sign}`, account)).toBe(401);
			socket.send('{"message":"too late"}');
			await client.publishAsync(`Sign/${sign}`, '{"message":"too late"}', { qos: 1 });
		};
		expect((await refused).status).toBe(401);
		await client.endAsync();
		socket.terminate();
		expect(await get(sign)).toEqual(before);
	});
});

test.for<[how: string, lose: (username: string) => Promise<unknown>]>([
	['is removed', (username) => operation({ operation: 'drop_user', username })],
	['is made inactive', (username) => operation({ operation: 'alter_user', username, active: false })],
	['gets another role', (username) => operation({ operation: 'alter_user', username, role: 'no_rights' })],
])('an account that %s receives nothing over an open connection, and can no longer subscribe', async ([, lose]) => {
	const account = await addAccount('leaving', 'sign_viewer');
	const client = (await connected(account, { protocolVersion: 5 }))!;
	const received: string[] = [];
	client.on('message', (_topic, payload) => received.push(JSON.parse(String(payload)).message));
	await client.subscribeAsync(`Sign/${sign}`, { qos: 1 });
	await lose(account.username);
	await expect.poll(() => status('GET', `/Sign/${sign}`, account)).toBeOneOf([401, 403]);
	await rest('PATCH', `/Sign/${sign}`, { message: 'secret' });
	expect(await subscribed(client, `Sign/${sign}`)).toBe(false);
	await sleep(100); // to see that nothing comes
	expect(received).not.toContain('secret');
	await client.endAsync(true);
});

test('a request without a login is refused with 401 first, whatever else is wrong', async () => {
	for (const path of ['/Sign/a.b', `/Sign/${sign}`, '/Sign/']) {
		for (const method of ['GET', 'PUT', 'PATCH']) {
			if (method === 'PUT' && path === '/Sign/') continue; // 405
			expect((await rest(method, path, method === 'GET' ? undefined : '{bad', null)).status, `${method} ${path}`).toBe(
				401
			);
		}
	}
});

describe('a WebSocket of a foreign page', () => {
	const open = (path: string, origin: string, protocols?: string, more: object = {}) =>
		new Promise<number | string>((done) => {
			const headers = { Authorization: basic(ADMIN), Origin: origin, ...more };
			const socket = new WebSocket(webSocketUrl() + path, protocols ?? [], { headers });
			socket.on('close', (code) => done(code));
			socket.on('message', () => done('received'));
			socket.on('error', () => {});
			socket.on('open', () => protocols && socket.send(connectPacket(5))); // a foreign page gets no answer
		});

	test.for(['http://evil.example', 'http://127.0.0.1:1', 'null', 'file://'])(
		'from %s is closed with 3003',
		async (origin) => {
			for (const path of [`/Sign/${sign}`, '/Sign/', '/Rejection/admin']) expect(await open(path, origin)).toBe(3003);
			expect(await open('/', origin, 'mqtt'), 'MQTT over WebSocket').toBe(3003);
		}
	);

	test('is not one of our own page', async () => {
		expect(await open(`/Sign/${sign}`, url)).toBe('received');
		expect(await open('/', url, 'mqtt')).toBe('received');
	});

	test('is one of our own page where the browser says so, whatever Host a proxy sends', async () => {
		const page = 'https://signs.example.org';
		for (const [site, answers] of [
			['same-origin', ['received', 'received']],
			['same-site', [3003, 3003]],
		] as const) {
			const more = { 'Sec-Fetch-Site': site };
			expect([await open(`/Sign/${sign}`, page, undefined, more), await open('/', page, 'mqtt', more)]).toEqual(
				answers
			);
		}
	});

	test('is told why', async () => {
		const socket = new WebSocket(`${webSocketUrl()}/Sign/`, { headers: { Origin: 'https://signs.example.org' } });
		const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
		expect([code, String(reason)]).toEqual([
			3003,
			expect.stringMatching(
				/^a page of another origin may not connect: Origin is "https:..signs.example.org", Host is/
			),
		]);
	});
});

describe('static files', () => {
	test('are served to everyone, and nothing outside web/', async () => {
		for (const path of ['/', '/wall.js', '/wall.css']) expect((await fetch(url + path)).status).toBe(200);
		const hidden = [
			'resources.ts',
			'package.json',
			'config.yaml',
			'roles.yaml',
			'.env',
			'.git/config',
			'web/index.html',
		];
		for (const file of hidden) {
			for (const path of [`/${file}`, `/../${file}`, `/%2e%2e/${file}`, `/..%2f${file}`, `/wall.js/../../${file}`]) {
				expect([path, await rawStatus(path)]).toEqual([path, expect.stringMatching(/^HTTP\/1.1 4/)]);
			}
		}
	});

	test('let the page load from its own origin only', async () => {
		expect(await (await fetch(url)).text()).toMatch(/"Content-Security-Policy"\s+content="default-src 'self';/);
	});
});

/** The status line for a path as it is: fetch would resolve it. */
async function rawStatus(path: string): Promise<string> {
	const { connect } = await import('node:net');
	const { hostname, port } = new URL(url);
	return new Promise((done, fail) => {
		const socket = connect(Number(port), hostname, () =>
			socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
		);
		socket.on('error', fail).once('data', (data) => {
			done(String(data).split('\r\n')[0]!);
			socket.destroy();
		});
	});
}
