/**
 * Signs stay and clients reconnect when the application is deployed again, or dropped. The tests build on one another.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import {
	get,
	mqttUrl,
	openEventSource,
	operation,
	rest,
	subscribeMqtt,
	url,
	type MqttKind,
	type Row,
	type SignEvent,
	webSocketUrl,
} from '../support/clients.ts';
import { accountOf, copyProject, deploy, PROJECT, runTool, startDeployed } from '../support/deployed.ts';
import { eventually, Feed } from '../support/feed.ts';
import { historyOf, type Change } from '../support/history.ts';
import { article, describePage, openPage, untilState } from '../page/browser.ts';
import { startProgram } from '../support/program.ts';
import { copyLaterVersion, expectEverywhere, exportOf, LATER } from '../support/later-version.ts';
import { ADMIN, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const MAX_ABSENCE_MS = 30_000;
const LONG = { timeout: 240_000 };

let harper: TemporaryHarper;

beforeAll(async () => {
	harper = await startDeployed();
}, 180_000);

afterAll(() => harper?.remove());

/** Deploys a copy of the project in which new signs have another brightness. */
async function deployBrightness(level: number): Promise<void> {
	const copy = copyProject();
	onTestFinished(copy.remove);
	const code = readFileSync(join(PROJECT, 'sign/fields.ts'), 'utf8');
	const changed = code.replace(/(brightness: .*\.default\()8\)/, `$1${level})`);
	expect(changed).not.toBe(code);
	copy.write('sign/fields.ts', changed);
	const { code: exit, printed } = await deploy(accountOf(harper), copy.folder);
	expect([exit, printed]).toEqual([0, expect.stringContaining('It runs.')]);
}

const allSigns = async (): Promise<Row[]> => (await rest('GET', '/Sign/')).json();

/** Opens a WebSocket again whenever it closes, as the page does. */
function keepWebSocket(path: string): Feed<SignEvent> {
	const feed = new Feed<SignEvent>(`WebSocket ${path}`);
	let socket: WebSocket;
	let isWanted = true;
	const open = () => {
		socket = new WebSocket(webSocketUrl() + path, { headers: { Authorization: basic(ADMIN) } });
		socket.on('message', (data) => feed.push(JSON.parse(String(data))));
		socket.on('error', () => {}); // it closes afterwards
		socket.on('close', () => isWanted && setTimeout(open, 500));
	};
	open();
	onTestFinished(() => {
		isWanted = false;
		socket.terminate();
	});
	return feed;
}

/** Subscribers of the sign `hall` on every protocol, each as a feed of its messages. */
async function connectAll(): Promise<Feed<string>[]> {
	const kinds: MqttKind[] = ['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'];
	const mqtt = await Promise.all(
		kinds.map(async (kind) => (await subscribeMqtt(kind, 'Sign/hall', { reconnectPeriod: 1_000 })).feed)
	);
	const events = [
		keepWebSocket('/Sign/hall'),
		keepWebSocket('/Sign/'),
		(await openEventSource('/Sign/hall')).feed,
		(await openEventSource('/Sign/')).feed,
	];
	return [
		...mqtt.map((feed) => feed.map(({ row }) => row?.message)),
		...events.map((feed) => feed.map(({ id, value }) => (id === 'hall' ? value?.message : undefined))),
	];
}

/** Starts a device as the guide does, with its own account. */
async function startDevice(id: string) {
	const made = await runTool('tools/account.ts', ['sign_device', id], { ...accountOf(harper), ACCOUNT_PASSWORD: id });
	expect(made.code).toBe(0);
	const words = [id, '--url', mqttUrl, '--plain'];
	const sign = startProgram('device/main.ts', words, { SIGN_PASSWORD: id });
	await isShowing(id);
	return sign;
}

const isShowing = (id: string, timeout = MAX_ABSENCE_MS) =>
	eventually(
		() => get(id),
		(row) => row?.online === true && row.shownRevision === row.revision,
		timeout,
		`${id} is online and shows its latest revision`
	);

/** Writes one number after another to a sign, whatever the answers. @returns a function that stops it */
function writeOn(id: string) {
	let acknowledged = -1;
	let isOver = false;
	const done = (async () => {
		for (let n = 0; !isOver; n++) {
			const answer = await rest('PATCH', `/Sign/${id}`, { message: String(n) }).catch(() => undefined);
			if (answer?.status === 204) acknowledged = n;
		}
	})();
	return async () => {
		isOver = true;
		await done;
		return acknowledged;
	};
}

test('a second deployment loses nothing, and everyone is back within 30 s', LONG, async () => {
	await rest('PUT', '/Sign/hall', { message: 'before' });
	await rest('PUT', '/Sign/stays', { message: 'stays', location: 'attic', brightness: 3 });
	const stays = await get('stays');
	const device = await startDevice('lobby');
	const everyone = await connectAll();
	await Promise.all(everyone.map((feed) => feed.until((message) => message === 'before')));
	const stop = writeOn('counter');

	await deployBrightness(9);
	const change = rest('PATCH', '/Sign/hall', { message: 'after' });
	await Promise.all(everyone.map((feed) => feed.until((message) => message === 'after', MAX_ABSENCE_MS)));
	expect((await change).status).toBe(204);
	// this proves a connection; a first value does not
	await rest('PATCH', '/Sign/hall', { message: 'once more' });
	await Promise.all(everyone.map((feed) => feed.until((message) => message === 'once more', 5_000)));

	await isShowing('lobby');
	await rest('PATCH', '/Sign/lobby', { message: 'to the device' });
	await device.until('"message":"to the device"', MAX_ABSENCE_MS);
	await isShowing('lobby');

	const acknowledged = await stop();
	expect(acknowledged).toBeGreaterThan(0);
	// the last write may have been stored without an answer
	expect(Number((await get('counter'))!.message)).toBeGreaterThanOrEqual(acknowledged);
	expect(await get('stays')).toEqual(stays);
	await rest('PUT', '/Sign/new', {});
	expect([(await get('new'))!.brightness, (await get('hall'))!.brightness]).toEqual([9, 8]);
});

describePage('the page', () => {
	test('is live again within 30 s of a deployment', LONG, async () => {
		const page = await openPage(url, { account: ADMIN });
		await untilState(page, 'Live');
		await deployBrightness(10);
		await rest('PATCH', '/Sign/hall', { message: 'seen again' });
		await article(page, 'hall').getByRole('img', { name: 'seen again' }).waitFor({ timeout: MAX_ABSENCE_MS });
		await untilState(page, 'Live');
	});
});

describePage('a deployment with new fields', () => {
	test('gives them to signs that were stored before, for every reader, and takes them back', LONG, async () => {
		const copy = copyLaterVersion();
		onTestFinished(copy.remove);
		await rest('PUT', '/Sign/stays', { message: 'stays', location: 'attic', brightness: 3 });
		const stays = (await get('stays'))!;
		const history = await historyOf('stays');
		const [made] = history.splice(-1) as [Change];
		const madeLater = { ...made, change: { ...made.change, ...LATER } };
		const mqtt = await subscribeMqtt('MQTT 5', 'Sign/stays', { reconnectPeriod: 1_000 });
		const socket = keepWebSocket('/Sign/stays');

		expect((await deploy(accountOf(harper), copy.folder)).printed).toContain('It runs.');
		await expectEverywhere({ ...stays, ...LATER });
		expect(await historyOf('stays')).toEqual([...history, madeLater]);
		for (const query of ['laterNumber=5&location=attic', 'laterText=none'])
			await expect
				.poll(async () => (await rest('GET', `/Sign/?${query}`)).json())
				.toContainEqual(expect.objectContaining({ id: 'stays' }));
		const page = await openPage(url, { account: ADMIN });
		await page.getByRole('button', { name: 'Change stays', exact: true }).click();
		const slider = page.getByRole('slider', { name: 'Later number', exact: true });
		expect(await slider.inputValue()).toBe('5');
		expect((await rest('PATCH', '/Sign/?laterNumber=5&location=attic', { laterNumber: 6 })).json()).toEqual({
			updated: 1,
		});
		const has = (row: object | null | undefined) =>
			row !== null && row !== undefined && 'laterNumber' in row && row.laterNumber === 6;
		await mqtt.feed.until(({ row }) => has(row), MAX_ABSENCE_MS);
		await socket.until(({ value }) => has(value), MAX_ABSENCE_MS);
		await expect.poll(() => slider.inputValue()).toBe('6');
		const [change, ...before] = await historyOf('stays');
		expect([change!.change, change!.revision]).toEqual([{ laterNumber: 6 }, stays.revision + 1]);
		expect(before).toEqual([...history, madeLater]);

		expect((await deploy(accountOf(harper))).printed).toContain('It runs.');
		expect(await historyOf('stays')).toEqual([...history, made]);
		const row = (await get('stays'))!;
		await expectEverywhere({ ...stays, revision: stays.revision + 1, updatedAt: row.updatedAt });
		expect((await rest('PUT', '/Sign/stays', exportOf(row))).status).toBe(204);
	});
});

test('signs and accounts stay when the application is dropped and deployed again', LONG, async () => {
	const before = await allSigns();
	expect(before.length).toBeGreaterThan(3);
	await operation({ operation: 'drop_component', project: 'led-sign', restart: true });
	await expect
		.poll(async () => (await rest('GET', '/Sign/').catch(() => undefined))?.status, { timeout: MAX_ABSENCE_MS })
		.toBe(404);
	expect((await deploy(accountOf(harper))).printed).toContain('It runs.');
	const sorted = (rows: Row[]) => rows.toSorted((a, b) => a.id.localeCompare(b.id));
	expect(sorted(await allSigns())).toEqual(sorted(before));
	const session = await rest('GET', '/Session/', undefined, { username: 'lobby', password: 'lobby' });
	expect(session.json()).toEqual({ user: 'lobby', role: 'sign_device' });
});
