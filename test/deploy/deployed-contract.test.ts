/** The contract, shortened, against a server that the application was deployed to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
	connectMqtt,
	get,
	newId,
	openEventSource,
	openWebSocket,
	publishers,
	rest,
	subscribeMqtt,
	subscribers,
	type Account,
} from '../support/clients.ts';
import { accountOf, runTool, startDeployed } from '../support/deployed.ts';
import { Feed } from '../support/feed.ts';
import { DEFAULTS } from '../../sign/fields.ts';
import type { TemporaryHarper } from '../../launcher/temporary-harper.ts';

let harper: TemporaryHarper;

beforeAll(async () => {
	harper = await startDeployed();
}, 180_000);

afterAll(() => harper?.remove());

const accounts: Record<'sign_viewer' | 'sign_operator' | 'sign_device', Account> = {
	sign_viewer: { username: 'screen', password: 'secret of the screen' },
	sign_operator: { username: 'desk', password: 'secret of the desk' },
	sign_device: { username: 'lobby', password: 'secret of the lobby' },
};

test('npm run account makes an account in each role', async () => {
	for (const [role, { username, password }] of Object.entries(accounts)) {
		const environment = { ...accountOf(harper), ACCOUNT_PASSWORD: password };
		const { printed } = await runTool('tools/account.ts', [role, username], environment);
		expect(printed).toBe(`Made ${username}, ${role}.\nAt ${harper.operationsUrl}:\n`);
	}
});

const EMPTY = { qos: 1, retain: true } as const;

const heardBy = subscribers.filter(({ name }) => name.endsWith('on one sign'));
describe.for(publishers)('$name', ({ open: openPublisher, verb }) => {
	test(`${verb}s, and every protocol receives the row that GET answers`, async () => {
		const id = newId('deployed');
		await rest('PUT', `/Sign/${id}`, { message: 'before', speed: 99 });
		const feeds = await Promise.all(heardBy.map(({ open }) => open(id)));
		await (
			await openPublisher(id)
		)({ color: '#00FF7F' });
		for (const feed of feeds) {
			const { row } = await feed.until(({ row }) => row?.color === '#00ff7f');
			expect(row).toEqual(await get(id));
		}
		const rest_ = verb === 'replace' ? { message: '', speed: DEFAULTS.speed } : { message: 'before', speed: 99 };
		expect(await get(id)).toMatchObject(rest_);
	});
});

test.for<[string, (id: string) => Promise<unknown>]>([
	['REST DELETE', (id) => rest('DELETE', `/Sign/${id}`)],
	['MQTT 3.1.1', async (id) => (await connectMqtt('MQTT 3.1.1')).publishAsync(`Sign/${id}`, '', EMPTY)],
	['MQTT 5', async (id) => (await connectMqtt('MQTT 5')).publishAsync(`Sign/${id}`, '', EMPTY)],
])('%s removes, and SSE and MQTT receive it', async ([, remove]) => {
	const id = newId('removed');
	await rest('PUT', `/Sign/${id}`, {});
	const { feed } = await openEventSource(`/Sign/${id}`);
	const { feed: topic } = await subscribeMqtt('MQTT 5', `Sign/${id}`);
	await remove(id);
	await feed.until(({ type }) => type === 'delete');
	await topic.until(({ row }) => row === null);
	expect(await get(id)).toBeNull();
});

test('a query merges into the signs that it selects', async () => {
	const location = newId('hall');
	await rest('PUT', `/Sign/${location}`, { location });
	expect((await rest('PATCH', `/Sign/?location=${location}`, { power: false })).json()).toEqual({ updated: 1 });
	expect(await get(location)).toMatchObject({ power: false });
});

test('a refusal names the field, its rule and what was received, on each protocol', async () => {
	const why = 'brightness must be a whole number from 0 to 15, got 99';
	const wrong = { brightness: 99 };
	const device = accounts.sign_device;
	const { status, text } = await rest('PUT', '/Sign/lobby', wrong);
	expect([status, text]).toEqual([400, expect.stringContaining(why)]);

	const { feed, send } = await openWebSocket('/Sign/lobby', device);
	send(wrong);
	expect(await feed.until(({ type }) => type === 'error')).toMatchObject({ status: 400, message: why });

	for (const kind of ['MQTT 3.1.1', 'MQTT 5'] as const) {
		await rest('DELETE', '/Sign/lobby');
		const feed = new Feed<{ error: string }>('Rejection/lobby');
		const client = await connectMqtt(kind, device);
		client.on('message', (_topic, payload) => feed.push(JSON.parse(String(payload)) ?? {}));
		await client.subscribeAsync('Rejection/lobby', { qos: 1 });
		const other = { brightness: kind === 'MQTT 5' ? 98 : 97 };
		const sent = client.publishAsync('Sign/lobby', JSON.stringify(other), { qos: 1 });
		if (kind === 'MQTT 5') await expect(sent).rejects.toMatchObject({ code: 0x83 });
		else await sent;
		await feed.until(({ error }) => error === why.replace('99', String(other.brightness)));
		expect((await rest('GET', '/Rejection/lobby', undefined, device)).json()).toMatchObject({ sign: 'lobby' });
		expect(await get('lobby'), 'nothing changed').toBeNull();
	}
});

type Who = keyof typeof accounts | 'nobody';
test.for<[Who, Record<string, number>]>([
	['nobody', { all: 401, own: 401, write: 401, foreign: 401, report: 401, query: 401, remove: 401 }],
	['sign_viewer', { all: 200, own: 200, write: 403, foreign: 403, report: 403, query: 403, remove: 403 }],
	['sign_operator', { all: 200, own: 200, write: 204, foreign: 204, report: 403, query: 200, remove: 204 }],
	['sign_device', { all: 403, own: 200, write: 204, foreign: 403, report: 204, query: 403, remove: 403 }],
])('%s may do what its role allows', async ([who, rights]) => {
	await rest('PUT', '/Sign/lobby', {});
	const account = who === 'nobody' ? null : accounts[who];
	const status = async (method: string, path: string, body?: object) =>
		(await rest(method, path, body, account)).status;
	expect({
		all: await status('GET', '/Sign/'),
		own: await status('GET', '/Sign/lobby'),
		write: await status('PATCH', '/Sign/lobby', { speed: 1 }),
		foreign: await status('PATCH', '/Sign/other', { speed: 1 }),
		report: await status('PATCH', '/Sign/lobby', { online: true }),
		query: await status('PATCH', '/Sign/?location=nowhere', { speed: 1 }),
		remove: await status('DELETE', '/Sign/lobby'),
	}).toEqual(rights);
	await expect(connectMqtt('MQTT 5', { username: 'lobby', password: 'wrong' })).rejects.toThrow();
});
