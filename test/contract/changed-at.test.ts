/**
 * `changedAt`: when the last revision of a sign was made. `updatedAt` also changes with the reports of its device. Only a
 * query that selects it gets it.
 */
import { beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { FIELDS } from '../../sign/fields.ts';
import { connectMqtt, get, newId, operation, rest, subscribers, subscribeMqtt } from '../support/clients.ts';
import { send } from '../support/http.ts';

const id = newId('changed');

interface Times {
	updatedAt: string;
	changedAt: string | null;
}

/** What a query of one sign selects, which is what a query of all signs selects. */
async function times(of = id): Promise<Times> {
	const one = (await rest('GET', `/Sign/${of}?select(id,updatedAt,changedAt)`)).json();
	expect((await rest('GET', `/Sign/?id=${of}&select(id,updatedAt,changedAt)`)).json()).toEqual([one]);
	expect(Object.keys(one)).toEqual(['id', 'updatedAt', 'changedAt']);
	return one;
}

/** A write, as its protocol sends it. */
const writes: Record<string, () => Promise<unknown>> = {
	'PUT': () => rest('PUT', `/Sign/${id}`, { message: 'put' }),
	'PATCH': () => rest('PATCH', `/Sign/${id}`, { message: 'patched' }),
	'a PATCH by query': () => rest('PATCH', `/Sign/?id=${id}`, { message: 'selected' }),
	'a publish with retain': () => publish({ message: 'retained' }, true),
	'a publish without retain': () => publish({ message: 'published', online: true }),
};

const publish = async (fields: object, retain = false) =>
	(await connectMqtt('MQTT 5')).publishAsync(`Sign/${id}`, JSON.stringify(fields), { qos: 1, retain });

beforeAll(async () => void (await rest('PUT', `/Sign/${id}`, { message: 'new' })));

test.for(Object.keys(writes))('%s that makes a revision sets it to the time of the write', async (name) => {
	const before = await times();
	const { revision } = (await get(id))!;
	await writes[name]!();
	const after = await times();
	expect((await get(id))!.revision).toBe(revision + 1);
	expect(Date.parse(after.changedAt!)).toBeGreaterThan(Date.parse(before.changedAt!));
	expect(after.changedAt).toBe(after.updatedAt);
});

test('a report of the device does not change it', async () => {
	const { changedAt, updatedAt } = await times();
	await publish({ online: false });
	await rest('PATCH', `/Sign/${id}`, { shownRevision: 1 });
	const after = await times();
	expect(after.changedAt).toBe(changedAt);
	expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(updatedAt));
});

test('a sign that was removed and made again has the time of the new sign, also when a report makes it', async () => {
	for (const made of [{ message: 'again' }, { online: true }]) {
		const before = (await times()).changedAt!;
		await rest('DELETE', `/Sign/${id}`);
		expect((await rest('GET', `/Sign/${id}?select(id,changedAt)`)).status).toBe(404);
		await rest('PATCH', `/Sign/${id}`, made);
		const { updatedAt, changedAt } = await times();
		expect(changedAt).toBe(updatedAt);
		expect(Date.parse(changedAt!)).toBeGreaterThan(Date.parse(before));
	}
});

test('a sign whose last revision was stored without it has null, until its next revision', async () => {
	const old = newId('old');
	const row = (await get(id))!;
	await operation({ operation: 'insert', table: 'Sign', records: [{ ...row, id: old, updatedAt: undefined }] });
	expect((await times(old)).changedAt).toBeNull();
	await rest('PATCH', `/Sign/${old}`, { shownRevision: 1 });
	expect((await times(old)).changedAt).toBeNull();
	await rest('PATCH', `/Sign/${old}`, { speed: 5 });
	const after = await times(old);
	expect(after.changedAt).toBe(after.updatedAt);
});

test('a row that nobody selects from lacks it, over every protocol', async () => {
	const names = [...FIELDS].sort();
	const keys = (row: object) => Object.keys(row).sort();
	expect(keys((await get(id))!)).toEqual(names);
	for (const path of ['/Sign/', `/Sign/?id=${id}`, `/Sign/?id=${id}&sort(-updatedAt)&limit(1)`]) {
		const rows = (await rest('GET', path)).json() as object[];
		for (const row of rows) expect([path, keys(row)]).toEqual([path, names]);
	}
	for (const type of ['text/csv', 'text/yaml', 'application/cbor', 'application/x-msgpack'])
		expect((await send('GET', `/Sign/${id}`, { headers: { Accept: type } })).text).not.toContain('changedAt');
	for (const { open } of subscribers) expect(keys((await (await open(id)).until(() => true)).row!)).toEqual(names);
	const { feed } = await subscribeMqtt('MQTT 3.1.1', 'Sign/+');
	expect(keys((await feed.until(({ row }) => row?.id === id)).row!)).toEqual(names);
});

test('no client sets it, and no query has a condition with it or sorts by it', async () => {
	const { status, text } = await rest('PUT', `/Sign/${id}`, { changedAt: '2026-01-01T00:00:00Z' });
	expect([status, text]).toEqual([400, expect.stringContaining('unknown field \\"changedAt\\"')]);
	for (const query of ['changedAt=gt=2026', 'sort(-changedAt)', 'sort(changedAt)&select(id,changedAt)']) {
		const refused = await rest('GET', `/Sign/?${query}`, undefined, ADMIN);
		expect([query, refused.status, refused.text]).toEqual([
			query,
			400,
			expect.stringContaining('query must name fields of a sign, got \\"changedAt\\"'),
		]);
	}
});
