/** The notice of a sign over every protocol, and `null`, which no other field can be. */
import { describe, expect, test } from 'vitest';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { connectMqtt, get, newId, openWebSocket, publishers, rest, subscribers } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { send } from '../support/http.ts';
import { heldBy } from '../support/selected-signs.ts';

/** In ms since 1970. The tests compare texts: a stored time has milliseconds. */
const SOON = Date.now() + 60_000;
const [soon, later] = [new Date(SOON).toISOString(), new Date(SOON + 60_000).toISOString()];
const inAnotherZone = new Date(SOON + 2 * 3_600_000).toISOString().replace('Z', '+02:00');

describe.for(publishers)('$name', ({ open, verb }) => {
	test('sets a notice and its end, in any zone, and ends it with null', async () => {
		const id = newId('notice');
		await rest('PUT', `/Sign/${id}`, { message: 'standing' });
		const feeds = await Promise.all(subscribers.map((subscriber) => subscriber.open(id)));
		const write = await open(id);
		await write({ message: 'standing', notice: 'closed', noticeUntil: inAnotherZone });
		await eventually(
			() => get(id),
			(row) => row?.noticeUntil === soon
		);
		await write({ message: 'standing', noticeUntil: null });
		const row = await eventually(
			() => get(id),
			(row) => row?.noticeUntil === null
		);
		expect(row).toMatchObject({ message: 'standing', notice: verb === 'replace' ? '' : 'closed', revision: 3 });
		for (const feed of feeds) expect((await feed.until((event) => event.row?.revision === 3)).row).toEqual(row);
	});
});

test('a merge patch sets null, whatever its Content-Type, and a replacement without the fields has their defaults', async () => {
	const id = newId('notice');
	for (const type of [
		'application/json',
		'application/merge-patch+json',
		'Application/Merge-Patch+JSON; charset=utf-8',
	]) {
		await rest('PUT', `/Sign/${id}`, { notice: 'closed', noticeUntil: soon });
		const headers = { 'Content-Type': type };
		const body = '{"noticeUntil":null}';
		expect((await send('PATCH', `/Sign/${id}`, { headers, body })).status).toBe(204);
		expect(await get(id)).toMatchObject({ notice: 'closed', noticeUntil: null });
	}
	await rest('PATCH', `/Sign/${id}`, { noticeUntil: soon });
	await rest('PUT', `/Sign/${id}`, {});
	expect(await get(id)).toMatchObject({ notice: '', noticeUntil: null });
});

test('merges that are stored together keep the null of the last one', async () => {
	const id = newId('notice');
	const client = await connectMqtt('MQTT 5');
	const writes = Array.from({ length: 50 }, (_, n) =>
		client.publishAsync(`Sign/${id}`, JSON.stringify({ noticeUntil: n % 2 ? null : soon, brightness: n % 16 }), {
			qos: 1,
		})
	);
	await Promise.all(writes);
	expect(await get(id)).toMatchObject({ noticeUntil: null, brightness: 1, revision: 50 });
});

/** Three signs at a place: without an end, with a near one, and with a far one. */
async function place() {
	const location = newId('place');
	const ids = [newId('none'), newId('near'), newId('far')];
	for (const [i, noticeUntil] of [null, soon, later].entries())
		await rest('PUT', `/Sign/${ids[i]}`, { location, notice: i ? 'closed' : '', noticeUntil });
	return { location, ids };
}

const value = encodeURIComponent;

test('queries, PATCH by query and streams select by both fields', async () => {
	const { location, ids } = await place();
	for (const [query, wanted] of [
		['notice=closed', [1, 2]],
		['notice=', [0]],
		['notice=ne=', [1, 2]],
		['noticeUntil=null', [0]],
		['noticeUntil==null', [0]],
		['noticeUntil===null', [0]],
		['(noticeUntil=null)', [0]],
		['noticeUntil!=null', [1, 2]],
		['noticeUntil!==null', [1, 2]],
		['noticeUntil=ne=null', [1, 2]],
		[`noticeUntil=${value(soon)}`, [1]],
		[`noticeUntil=gt=${value(soon)}`, [2]],
		[`noticeUntil=ge=${value(soon)}`, [1, 2]],
		[`noticeUntil=lt=${value(later)}`, [0, 1]],
		[`noticeUntil=ne=null&noticeUntil=lt=${value(later)}`, [1]],
		[`(noticeUntil=null|noticeUntil=${value(later)})`, [0, 2]],
		[`noticeUntil=sw=${soon.slice(0, 10)}`, soon.slice(0, 10) === later.slice(0, 10) ? [1, 2] : [1]],
		['noticeUntil=ct=ul', []],
	] as const) {
		const search = `/Sign/?location=${location}&${query}`;
		const expected = wanted.map((i) => ids[i]!).sort();
		const { status, text, json } = await rest('GET', search);
		expect([query, status], text).toEqual([query, 200]);
		expect([query, (json() as { id: string }[]).map(({ id }) => id).sort()]).toEqual([query, expected]);
		expect([query, (await rest('PATCH', search, {})).json()]).toEqual([query, { updated: wanted.length }]);
		if (!wanted.length || query.includes('=ne=null&')) continue; // a stream has one condition of a field
		const { feed } = await openWebSocket(search);
		await feed.until(() => heldBy(feed).size === wanted.length);
		expect([query, [...heldBy(feed).keys()].sort()]).toEqual([query, expected]);
	}
});

test('signs are sorted by their end, those without one first', async () => {
	const { location, ids } = await place();
	const order = async (sort: string) =>
		(await rest('GET', `/Sign/?location=${location}&sort(${sort})&select(id)`)).json();
	expect(await order('noticeUntil')).toEqual(ids);
	expect(await order('-noticeUntil')).toEqual(ids.toReversed());
	expect(await order('-notice,noticeUntil')).toEqual([ids[1], ids[2], ids[0]]);
});

test('a PATCH by query ends the notices of a place', async () => {
	const { location, ids } = await place();
	const ended = await rest('PATCH', `/Sign/?location=${location}&notice=ne=`, { notice: '', noticeUntil: null });
	expect(ended.json()).toEqual({ updated: 2 });
	for (const id of ids) expect(await get(id)).toMatchObject({ notice: '', noticeUntil: null });
});

test.for([
	'noticeUntil=',
	'noticeUntil',
	'noticeUntil=soon',
	`noticeUntil=gt=${value(inAnotherZone)}`,
	'noticeUntil=gt=2026-01-31',
])('?%s, which no stored time can be compared with, is refused', async (query) => {
	for (const method of ['GET', 'PATCH']) {
		const { status, text } = await rest(method, `/Sign/?${query}`, method === 'PATCH' ? {} : undefined);
		expect([method, status, text]).toEqual([
			method,
			400,
			expect.stringContaining('query must compare noticeUntil with null, or a time as a sign has it'),
		]);
	}
});

test('a field that is null is answered when it alone is selected, in every type', async () => {
	const id = newId('notice');
	await rest('PUT', `/Sign/${id}`, {});
	for (const [accept, body] of [
		['application/json', 'null'],
		['text/plain', 'null'],
		['text/yaml', 'null\n'],
		['text/csv', 'null'],
	] as const) {
		const { status, text } = await send('GET', `/Sign/${id}?select(noticeUntil)`, { headers: { Accept: accept } });
		expect([accept, status, text]).toEqual([accept, 200, body]);
	}
	expect((await rest('GET', `/Sign/${id}?select(id,noticeUntil)`)).json()).toEqual({ id, noticeUntil: null });
	expect((await rest('GET', `/Sign/${newId('none')}?select(noticeUntil)`, undefined, ADMIN)).status).toBe(404);
});
