/** Streams with a query. Without their cure each of them had every sign. */
import { once } from 'node:events';
import { describe, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { basic } from '../../launcher/operations-api.ts';
import { addAccount, connectMqtt, get, newId, openWebSocket, rest, url, webSocketUrl } from '../support/clients.ts';
import { eventually, type Feed } from '../support/feed.ts';
import { readSeed } from '../support/seed.ts';
import { compareWithGet, heldBy, kinds } from '../support/selected-signs.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const put = (id: string, fields: object) => rest('PUT', `/Sign/${id}`, fields);
const patch = (id: string, fields: object) => rest('PATCH', `/Sign/${id}`, fields);

/** The types of the events of a sign. A put and a patch are changes. */
const changesOf = ({ received }: Feed<{ id: string; type: string }>, id: string) =>
	received.filter((event) => event.id === id).map(({ type }) => (type === 'delete' ? 'delete' : 'change'));

describe.for(kinds)('$name with a query', ({ open }) => {
	test('sends the signs that it selects, then their changes, and no others', async () => {
		const [hall, other] = [newId('hall'), newId('other')];
		const [a, b, c] = [newId(), newId(), newId()];
		await put(a, { location: hall, message: 'a' });
		await put(b, { location: other });
		const feed = await open(`/Sign/?location=${hall}`);
		await feed.until(({ id }) => id === a);
		await patch(b, { message: 'elsewhere' });
		await put(c, { location: hall });
		await patch(a, { message: 'changed' });
		expect((await feed.until(({ value }) => value?.message === 'changed')).value).toEqual(await get(a));
		expect([...heldBy(feed).keys()]).toEqual([a, c]);
		expect(feed.received.map(({ id }) => id)).toEqual([a, c, a]);
	});

	test('sends a sign that begins to match as its change, and a delete when it no longer matches', async () => {
		const [hall, first, id, last] = [newId('hall'), newId(), newId(), newId()];
		await put(first, { location: hall });
		await put(id, { location: 'elsewhere' });
		const feed = await open(`/Sign/?location=${hall}`);
		// a change while the stream opens may come twice: as the current sign, and as its change
		await feed.until((event) => event.id === first);
		for (const location of [hall, 'elsewhere', hall]) {
			const before = feed.received.length;
			await patch(id, { location });
			await feed.until(() => feed.received.length > before);
		}
		await patch(id, { location: 'elsewhere' });
		await patch(id, { location: 'nowhere' });
		await rest('DELETE', `/Sign/${id}`);
		await put(last, { location: hall });
		await feed.until((event) => event.id === last);
		expect(changesOf(feed, id)).toEqual(['change', 'delete', 'change', 'delete']);
		const deletions = feed.received.filter(({ type }) => type === 'delete');
		for (const event of deletions)
			expect(event).toEqual({
				id,
				type: 'delete',
				value: null,
				version: expect.any(Number),
				localTime: expect.any(Number),
			});
	});

	test('sends a removal only of a sign that it has, and the sign again when it is made again', async () => {
		const [hall, has, hasNot, last] = [newId('hall'), newId(), newId(), newId()];
		await put(has, { location: hall });
		await put(hasNot, { location: 'elsewhere' });
		const feed = await open(`/Sign/?location=${hall}`);
		await feed.until(({ id }) => id === has);
		for (const id of [has, hasNot]) await rest('DELETE', `/Sign/${id}`);
		await feed.until(({ type }) => type === 'delete');
		await put(has, { location: hall, message: 'again' });
		await put(last, { location: hall });
		await feed.until(({ id }) => id === last);
		expect(changesOf(feed, has)).toEqual(['change', 'delete', 'change']);
		expect(changesOf(feed, hasNot)).toEqual([]);
	});

	test('ends with what GET answers after bursts in which signs leave, return, and are removed', async () => {
		const [hall, other, last] = [newId('hall'), newId('other'), newId()];
		const ids = Array.from({ length: 5 }, () => newId());
		const [feed, otherFeed] = [await open(`/Sign/?location=${hall}`), await open(`/Sign/?location=${other}`)];
		const clients = await Promise.all([connectMqtt('MQTT 5'), connectMqtt('MQTT 3.1.1')]);
		const writes = Array.from({ length: 300 }, (_, n) => {
			const payload = n % 7 === 6 ? '' : JSON.stringify({ location: n % 3 ? hall : other, message: `${n}` });
			const options = { qos: 1, retain: payload === '' } as const;
			return clients[n % 2]!.publishAsync(`Sign/${ids[n % 5]}`, payload, options);
		});
		await Promise.all(writes);
		for (const [place, events] of [
			[hall, feed],
			[other, otherFeed],
		] as const) {
			await put(last, { location: place });
			await events.until(({ id }) => id === last);
			const rows = (await rest('GET', `/Sign/?location=${place}`)).json() as { id: string }[];
			expect(Object.fromEntries(heldBy(events))).toEqual(Object.fromEntries(rows.map((row) => [row.id, row])));
		}
	});

	test.for([
		['limit', 'limit(5)'],
		['sort', 'location=x&sort(-location)'],
		['select', 'select(id)'],
		['chained condition', 'brightness=gt=3&=lt=9'],
	])('is refused for %s: it says what a query of a stream has', async ([part, query]) => {
		const words = `Refusal: the query of a stream has no ${part}: it has conditions with =`;
		const headers = { Authorization: basic(ADMIN), Accept: 'text/event-stream' };
		const response = await fetch(`${url}/Sign/?${query}`, { headers });
		expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(words)]);
		const socket = new WebSocket(`${webSocketUrl()}/Sign/?${query}`, { headers });
		const [code, reason] = await once(socket, 'close');
		expect([code, String(reason)]).toEqual([1008, expect.stringContaining(words)]);
	});
});

test.for([`/Sign/${newId('one')}?location=x`, '/Rejection/admin?sign=x'])(
	'the stream %s of one row has no query',
	async (path) => {
		const headers = { Authorization: basic(ADMIN), Accept: 'text/event-stream' };
		const response = await fetch(url + path, { headers });
		expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('has a query, got ?')]);
		const [code, reason] = await once(new WebSocket(webSocketUrl() + path, { headers }), 'close');
		expect([code, String(reason)]).toEqual([1008, expect.stringContaining('has a query, got ?')]);
	}
);

test('a query may name the fields that the server and the device set', async () => {
	const hall = newId('hall');
	const [old, fresh, last] = [newId('old'), newId('fresh'), newId('last')];
	await put(old, { location: hall });
	const { updatedAt } = (await get(old))!;
	for (const id of [fresh, last]) {
		await put(id, { location: hall });
		await patch(id, { online: true, shownRevision: 1, message: 'again' });
	}
	for (const condition of [
		'online=true',
		'online!=false',
		'shownRevision=gt=0',
		'shownRevision=1',
		'revision=ge=2',
		'revision=ne=1',
		`updatedAt=gt=${encodeURIComponent(updatedAt)}`,
		`updatedAt=ge=${Date.parse(updatedAt) + 1}`,
		'(online=true)|(revision==2)',
	]) {
		const query = `location=${hall}&(${condition})`;
		const { status, json, text } = await rest('GET', `/Sign/?${query}`);
		expect([condition, status], text).toEqual([condition, 200]);
		const selected = (json() as { id: string }[]).map(({ id }) => id);
		expect([condition, selected.sort()]).toEqual([condition, [fresh, last]]);
		const { feed } = await openWebSocket(`/Sign/?${query}`);
		await feed.until(() => heldBy(feed).size === 2);
		expect([...heldBy(feed).keys()].sort(), condition).toEqual([fresh, last]);
		const before = feed.received.length;
		await patch(last, { shownRevision: 1 });
		await feed.until(() => feed.received.length > before);
		expect(feed.last).toMatchObject({ id: last, value: { online: true } });
	}
});

test('an address that ends in ? has no query', async () => {
	const id = newId();
	await put(id, { message: 'here' });
	for (const path of [`/Sign/${id}?`, '/Sign/?', '/Sign?']) {
		const { feed } = await openWebSocket(path);
		await feed.until((event) => event.id === id);
	}
});

test('a WebSocket with a query writes any sign, and gets an error event for a refused write', async () => {
	const [hall, inside, outside] = [newId('hall'), newId(), newId()];
	const { feed, send } = await openWebSocket(`/Sign/?location=${hall}`);
	send({ id: outside, message: 'outside' });
	send({ id: inside, location: hall });
	send({ id: inside, brightness: 99 });
	await feed.until(({ id }) => id === inside);
	await feed.until(({ status }) => status === 400);
	expect(await eventually(() => get(outside), Boolean)).toMatchObject({ message: 'outside' });
	expect(changesOf(feed, outside)).toEqual([]);
});

test('a viewer and an operator may watch by a query, a device may not', async () => {
	const [hall, id] = [newId('hall'), newId()];
	await put(id, { location: hall });
	for (const role of ['sign_viewer', 'sign_operator']) {
		const { feed } = await openWebSocket(`/Sign/?location=${hall}`, await addAccount('watches', role));
		await feed.until((event) => event.id === id);
	}
	const device = await addAccount('device', 'sign_device');
	const { socket } = await openWebSocket(`/Sign/?id=${device.username}`, device);
	expect(await once(socket, 'close')).toEqual([3003, expect.anything()]);
});

test('many subscribers of many halls each get the signs of theirs', async () => {
	const halls = Array.from({ length: 12 }, () => newId('hall'));
	const ids = Array.from({ length: 24 }, () => newId());
	const feeds = await Promise.all(
		halls.flatMap((hall) => kinds.map(async ({ open }) => ({ hall, feed: await open(`/Sign/?location=${hall}`) })))
	);
	const move = (round: number) =>
		Promise.all(ids.map((id, i) => patch(id, { location: halls[(i * 5 + round * 7) % halls.length], speed: round })));
	for (let round = 1; round <= 5; round++) await move(round);
	const lasts = await Promise.all(
		halls.map(async (hall) => {
			const last = newId('last');
			await put(last, { location: hall });
			return [hall, last] as const;
		})
	);
	const lastOf = new Map(lasts);
	for (const { hall, feed } of feeds) {
		await feed.until(({ id }) => id === lastOf.get(hall));
		for (const { value } of feed.received) if (value) expect(value.location).toBe(hall);
		const rows = (await rest('GET', `/Sign/?location=${hall}`)).json() as { id: string }[];
		expect(Object.fromEntries(heldBy(feed))).toEqual(Object.fromEntries(rows.map((row) => [row.id, row])));
	}
});

test('a stream selects the signs that GET answers, for generated queries', { timeout: 60_000 }, async () => {
	const server = { url: inject('url'), mqttUrl: inject('mqttUrl') };
	const counts = await compareWithGet(server, `${newId('selected')}-`, 40, readSeed());
	expect(Math.min(counts.answered, counts.refused), JSON.stringify(counts)).toBeGreaterThan(3);
});
