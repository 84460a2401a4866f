/** `GET /History/<id>`: what was written to a sign, by whom and when. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { DEFAULTS } from '../../sign/fields.ts';
import {
	addAccount,
	connectMqtt,
	get,
	newId,
	offlineWill,
	openWebSocket,
	operation,
	publishers,
	rest,
	type Account,
} from '../support/clients.ts';
import { historyOf, untimed } from '../support/history.ts';
import { send } from '../support/http.ts';

const accounts = {} as Record<'operator' | 'second' | 'viewer', Account>;

beforeAll(async () => {
	accounts.operator = await addAccount('operator', 'sign_operator');
	accounts.second = await addAccount('second', 'sign_operator');
	accounts.viewer = await addAccount('viewer', 'sign_viewer');
});

const by = ADMIN.username;

describe('the history of a sign', () => {
	test('has what every protocol wrote, newest first', async () => {
		const id = newId('written');
		const expected: object[] = [];
		for (const { name, verb, open } of publishers) {
			const write = await open(id);
			await write({ message: name, speed: 7 });
			await expect.poll(() => get(id)).toMatchObject({ message: name });
			const isComplete = verb === 'replace' || !expected.length;
			const change = { ...(isComplete && DEFAULTS), message: name, speed: 7 };
			expected.unshift({ by, change, revision: expected.length + 1 });
		}
		const history = await historyOf(id);
		expect(untimed(history)).toEqual(expected);
		expect(history[0]!.at).toBe((await get(id))!.updatedAt);
		expect(history.map(({ at }) => at)).toEqual(
			history
				.map(({ at }) => at)
				.toSorted()
				.reverse()
		);
	});

	test('has the account of each write, also of a merge by query and of a WebSocket', async () => {
		const id = newId('authors');
		const { operator, second } = accounts;
		await rest('PUT', `/Sign/${id}`, { location: id }, operator);
		await rest('PATCH', `/Sign/?location=${id}`, { message: 'selected' }, second);
		const { send: merge, feed } = await openWebSocket(`/Sign/${id}`, operator);
		merge({ power: false });
		await feed.until(({ value }) => value?.power === false);
		await (await connectMqtt('MQTT 3.1.1', second)).publishAsync(`Sign/${id}`, '{"speed":3}', { qos: 1 });
		expect(untimed(await historyOf(id, '', operator))).toEqual([
			{ by: second.username, change: { speed: 3 }, revision: 4 },
			{ by: operator.username, change: { power: false }, revision: 3 },
			{ by: second.username, change: { message: 'selected' }, revision: 2 },
			{ by: operator.username, change: { ...DEFAULTS, location: id }, revision: 1 },
		]);
	});

	test('has removals, and starts again when the sign is made again, also by its device', async () => {
		const id = newId('removed');
		const client = await connectMqtt('MQTT 5', accounts.operator);
		await rest('PATCH', `/Sign/${id}`, { message: 'first' });
		await rest('DELETE', `/Sign/${id}`);
		expect(untimed(await historyOf(id))[0]).toEqual({ by, change: null, revision: null });
		await rest('PUT', `/Sign/${id}`, { message: 'second' });
		await rest('PATCH', `/Sign/${id}`, { message: 'third' });
		await client.publishAsync(`Sign/${id}`, '', { qos: 1, retain: true });
		await rest('PATCH', `/Sign/${id}`, { online: true });
		expect(untimed(await historyOf(id))).toEqual([
			{ by, change: DEFAULTS, revision: 1 },
			{ by: accounts.operator.username, change: null, revision: null },
			{ by, change: { message: 'third' }, revision: 2 },
			{ by, change: { ...DEFAULTS, message: 'second' }, revision: 1 },
			{ by, change: null, revision: null },
			{ by, change: { ...DEFAULTS, message: 'first' }, revision: 1 },
		]);
	});

	test('has what the device reports only with reports=true', async () => {
		const id = newId('reports');
		const device = await addAccount('device', 'sign_device', id);
		await rest('PUT', `/Sign/${id}`, { message: 'x' });
		const client = await connectMqtt('MQTT 3.1.1', { ...device, will: offlineWill(id) });
		await client.publishAsync(`Sign/${id}`, '{"online":true,"brightness":2}', { qos: 1 });
		await client.publishAsync(`Sign/${id}`, '{"shownRevision":2}', { qos: 1 });
		client.stream.destroy();
		await expect.poll(() => get(id)).toMatchObject({ online: false });
		const made = { by, change: { ...DEFAULTS, message: 'x' }, revision: 1 };
		expect(untimed(await historyOf(id))).toEqual([{ by: id, change: { brightness: 2 }, revision: 2 }, made]);
		expect(untimed(await historyOf(id, '?reports=true'))).toEqual([
			{ by: id, change: { online: false }, revision: 2 },
			{ by: id, change: { shownRevision: 2 }, revision: 2 },
			{ by: id, change: { online: true, brightness: 2 }, revision: 2 },
			made,
		]);
	});

	// Cause: merges that wait for the same lock were one commit, with the account of the last of them.
	test('has the writes of each of several accounts that write at once', async () => {
		const id = newId('at-once');
		await rest('PUT', `/Sign/${id}`, {});
		const fields = { [accounts.operator.username]: 'message', [accounts.second.username]: 'location' };
		const writers = [accounts.operator, accounts.second, accounts.operator, accounts.second];
		const clients = await Promise.all([...writers, ...writers].map((account) => connectMqtt('MQTT 5', account)));
		await Promise.all(
			Array.from({ length: 40 }, (_, n) => {
				const [{ username }, client] = [writers[n % 4]!, clients[n % 8]!];
				return client.publishAsync(`Sign/${id}`, JSON.stringify({ [fields[username]!]: `${n}` }), { qos: 1 });
			})
		);
		const history = await historyOf(id);
		expect(history[0]!.revision).toBe(41);
		for (const { by, change } of history.slice(0, -1)) expect(Object.keys(change!)).toEqual([fields[by!]]);
		const { message, location } = (await get(id))!;
		const latest = (field: string) => history.find(({ change }) => field in change!)!.change![field];
		expect([latest('message'), latest('location')]).toEqual([message, location]);
	});

	test('has the last 50 changes, and with since those after it', async () => {
		const id = newId('many');
		for (let n = 1; n <= 60; n++) await rest('PATCH', `/Sign/${id}`, { message: `${n}` });
		const history = await historyOf(id);
		expect(history.map(({ revision }) => revision)).toEqual(Array.from({ length: 50 }, (_, n) => 60 - n));
		for (const text of [history[3]!.at, history[3]!.at.replace('Z', '%2B00:00')])
			expect(await historyOf(id, `?since=${text}`)).toEqual(history.slice(0, 3));
		expect(await historyOf(id, `?since=${history[0]!.at}`)).toEqual([]);
	});

	test('has a write of the Operations API, and goes on with its revision', async () => {
		const id = newId('operations');
		const row = { ...DEFAULTS, id, online: false, shownRevision: 0, revision: 7 };
		await operation({ operation: 'insert', table: 'Sign', records: [row] });
		await rest('PATCH', `/Sign/${id}`, { message: 'x' });
		expect(untimed(await historyOf(id))).toEqual([
			{ by, change: { message: 'x' }, revision: 8 },
			{ by, change: DEFAULTS, revision: 7 },
		]);
	});
});

describe('an account', () => {
	test('that may read the sign and changes none, and the device itself, read no authors', async () => {
		const id = newId('own');
		const device = await addAccount('device', 'sign_device', id);
		await rest('PUT', `/Sign/${id}`, { message: 'x' });
		const [change] = await historyOf(id);
		expect(change).toEqual({ at: expect.any(String), by, change: { ...DEFAULTS, message: 'x' }, revision: 1 });
		const { by: _by, ...withoutAuthor } = change!;
		for (const account of [accounts.viewer, device]) expect(await historyOf(id, '', account)).toEqual([withoutAuthor]);
		expect(await historyOf(id, '', accounts.operator)).toEqual([change]);
		await rest('DELETE', `/Sign/${id}`);
		for (const account of [accounts.viewer, device])
			expect((await historyOf(id, '', account)).map(({ change }) => change)).toEqual([null, withoutAuthor.change]);
	});

	test('with authors and one without have different ETags; 304 without a change', async () => {
		const id = newId('etag');
		await rest('PUT', `/Sign/${id}`, {});
		const ask = (account: Account, headers = {}) => send('GET', `/History/${id}`, { account, headers });
		const tags = await Promise.all([ADMIN, accounts.viewer].map(async (account) => (await ask(account)).headers.etag));
		expect(new Set(tags).size).toBe(2);
		const headers = { 'If-None-Match': String(tags[0]) };
		expect([(await ask(ADMIN, headers)).status, (await ask(accounts.viewer, headers)).status]).toEqual([304, 200]);
		await rest('PATCH', `/Sign/${id}`, { speed: 3 });
		expect((await ask(ADMIN, headers)).status).toBe(200);
	});
});

describe('a request', () => {
	test.for([
		['/History/', 400, 'a history is that of one sign: GET /History/<id>'],
		['/History/a.b', 400, 'id must be 1 to 64 of'],
		['/History/x?limit(5)', 400, 'query must consist of since=<date-time with zone>, reports=true, got "limit(5)"'],
		['/History/x?reports=1', 400, 'reports must be true or false, got "1"'],
		['/History/x?reports=true&reports=true', 400, 'query must have reports once'],
		['/History/x?since=yesterday', 400, 'since must be a date-time with zone, such as 2026-01-31T12:00:00Z'],
		['/History/x?since=2026-01-31T12:00:00', 400, 'since must be a date-time with zone'],
		['/History/x?since=2026-01-31T12:00:00+01:00', 400, 'in a query + is %2B'],
	] as const)('for %s is refused: %d', async ([path, status, text]) => {
		const answer = await send('GET', path);
		expect([answer.status, JSON.parse(answer.text)]).toEqual([status, expect.stringContaining(text)]);
	});

	test('for a sign that never was is answered as one for its row: 404', async () => {
		const [history, row] = [await send('GET', '/History/never'), await send('GET', '/Sign/never')];
		expect([history.status, history.text]).toEqual([row.status, row.text]);
	});

	test('that writes is refused, and changes nothing', async () => {
		const id = newId('kept');
		await rest('PUT', `/Sign/${id}`, { message: 'kept' });
		const history = await historyOf(id);
		for (const method of ['PUT', 'PATCH', 'POST', 'DELETE'])
			for (const path of [`/History/${id}`, '/History/']) {
				const { status, text } = await rest(method, path, { message: 'x' });
				expect([method, status, JSON.parse(text)]).toEqual([
					method,
					405,
					'Refusal: a history is read by GET; the writes of its sign make it',
				]);
			}
		expect(await historyOf(id)).toEqual(history);
	});

	test('in CSV has each change as JSON', async () => {
		const id = newId('csv');
		await rest('PUT', `/Sign/${id}`, {});
		await rest('PATCH', `/Sign/${id}`, { message: 'a "b"' });
		const { text } = await send('GET', `/History/${id}`, { headers: { Accept: 'text/csv' } });
		expect(text.split('\n')[1]).toMatch(/^".*Z",".*","\{""message"":""a \\""b\\""""\}",2$/);
	});
});
