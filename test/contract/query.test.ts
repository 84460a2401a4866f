/** A merge by query: into every selected sign in one transaction. */
import { expect, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { get, newId, openEventSource, operation, rest, url } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';

/** Three signs at a location that no other test uses. */
async function place() {
	const location = newId('place');
	const ids = [newId(), newId(), newId()];
	for (const id of ids) await rest('PUT', `/Sign/${id}`, { location, message: 'before' });
	return { location, ids };
}

test('PATCH by query merges into every selected sign, and answers how many', async () => {
	const { location, ids } = await place();
	const other = await place();
	const { feed } = await openEventSource('/Sign/');
	const { status, json } = await rest('PATCH', `/Sign/?location=${location}`, { message: 'all', brightness: 3 });
	expect([status, json()]).toEqual([200, { updated: 3 }]);
	for (const id of ids) {
		expect(await get(id)).toMatchObject({ message: 'all', brightness: 3, location, revision: 2 });
		await feed.until((event) => event.id === id && event.value?.message === 'all');
	}
	for (const id of other.ids) expect(await get(id)).toMatchObject({ message: 'before' });
});

test('any query of Harper selects: comparisons, several conditions, a limit, a selection of fields', async () => {
	const { location, ids } = await place();
	await rest('PATCH', `/Sign/${ids[0]}`, { brightness: 1 });
	const patch = async (query: string) => (await rest('PATCH', `/Sign/?${query}`, { speed: 7 })).json();
	expect(await patch(`location=${location}&brightness=lt=2`)).toEqual({ updated: 1 });
	expect(await patch(`location=${location}&limit(2)`)).toEqual({ updated: 2 });
	expect(await patch(`location=${location}&select(message)`)).toEqual({ updated: 3 });
	expect(await patch(`location=nowhere`)).toEqual({ updated: 0 });
});

test('no query selects every sign', async () => {
	const { ids } = await place();
	for (const path of ['/Sign/', '/Sign/?', '/Sign']) {
		const { status, json } = await rest('PATCH', path, {});
		expect([path, status]).toEqual([path, 200]);
		expect(json().updated).toBeGreaterThanOrEqual(ids.length);
	}
});

test('a query that cannot be read is refused, and selects nothing', async () => {
	const { location, ids } = await place();
	const queries = [
		`location=${location}%`,
		`location=${location}&%zz=1`,
		'limit(abc)',
		'limit(x,1)',
		'select(id',
		'z1',
		'location=%ff',
	];
	for (const query of queries) {
		const { status, text } = await rest('PATCH', `/Sign/?${query}`, { message: 'all' });
		expect([query, status], text).toEqual([query, 400]);
	}
	expect((await rest('PATCH', `/Sign/?location=${location}&`, { speed: 5 })).json()).toEqual({ updated: 3 });
	for (const id of ids) expect(await get(id)).toMatchObject({ message: 'before' });
});

test('a wrong field in a merge by query changes no sign', async () => {
	const { location, ids } = await place();
	const { status, text } = await rest('PATCH', `/Sign/?location=${location}`, { message: 'all', speed: 0 });
	expect(status).toBe(400);
	expect(text).toContain('speed must be a whole number from 1 to 100, got 0');
	for (const id of ids) expect(await get(id)).toMatchObject({ message: 'before', revision: 1 });
	expect((await rest('PATCH', `/Sign/?location=${location}`, { id: ids[0] })).status).toBe(400);
});

test('when one selected sign cannot be written, none is', async () => {
	const { location, ids } = await place();
	// The Operations API bypasses the resource class: it stores an id that the application refuses.
	const row = { ...(await get(ids[0]!)), id: `not.valid.${location}`, updatedAt: undefined };
	await operation({ operation: 'insert', table: 'Sign', records: [row] });
	const { status, text } = await rest('PATCH', `/Sign/?location=${location}`, { message: 'all' });
	expect(status).toBe(400);
	expect(text).toContain(row.id);
	for (const id of ids) expect(await get(id)).toMatchObject({ message: 'before', revision: 1 });
	await operation({ operation: 'delete', table: 'Sign', ids: [row.id] });
	expect((await rest('PATCH', `/Sign/?location=${location}`, { message: 'all' })).json()).toEqual({ updated: 3 });
});

test('a condition without a value selects by the empty text, in GET and in PATCH', async () => {
	const [empty, full] = [newId('empty'), newId('full')];
	await rest('PUT', `/Sign/${empty}`, { message: empty });
	await rest('PUT', `/Sign/${full}`, { message: full, location: full });
	for (const [query, ids] of [
		['location=', [empty]],
		['location==', [empty]],
		['location===', [empty]],
		['location=eq=', [empty]],
		['location', [empty]],
		[`location=&message=${empty}`, [empty]],
		[`message=${empty}&location==`, [empty]],
		[`(location=)&(message=${empty}|message=${full})`, [empty]],
		['location=&limit(1000)', [empty]],
		['location=ne=', [full]],
		['location!=', [full]],
		['location!==', [full]],
		['location=gt=', [full]],
		['location=sw=', [empty, full]],
		['location=ge=&limit(1000)', [empty, full]],
	] as const) {
		const answered = (await rest('GET', `/Sign/?${query}`)).json() as { id: string }[];
		const ours = answered.map(({ id }) => id).filter((id) => id === empty || id === full);
		expect([query, ours.sort()]).toEqual([query, ids]);
		// other tests create and remove signs at the same time
		await eventually(
			async () => [
				(await rest('GET', `/Sign/?${query}`)).json().length,
				(await rest('PATCH', `/Sign/?${query}`, {})).json().updated,
			],
			([selected, updated]) => selected === updated,
			10_000,
			`PATCH merges into as many signs as GET selects by ${query}`
		);
	}
});

test('a round bracket and the word null are characters of a value, in GET, in PATCH and in a stream', async () => {
	const place = newId('place');
	const locations = [`)${place}`, `null-${place}`, `${place}(`, place];
	const [closing, nothing, opening, plain] = locations.map((location) => `${location}`);
	const ids = [newId(), newId(), newId(), newId()];
	for (const [n, id] of ids.entries()) await rest('PUT', `/Sign/${id}`, { location: locations[n]!, message: place });
	for (const [query, wanted] of [
		[`location=${closing}`, [0]],
		[`location=sw=)&message=${place}`, [0]],
		[`location=ct=)${place}`, [0]],
		[`message=${place}&location=gt=)&location=lt=*`, [0]],
		[`message=${place}&location=sw=null`, [1]],
		[`(location=sw=null)&message=${place}`, [1]],
		[`message=${place}&(location=sw=null|location=ew=null)`, [1]],
		[`location=ct=${nothing}`, [1]],
		[`(message=${place})&location=ew=(`, [2]],
		[`location=${opening}`, [2]],
		[`[(location=${plain}|location=none)&message=${place}]`, [3]],
	] as const) {
		const expected = wanted.map((n) => ids[n]);
		const answer = await rest('GET', `/Sign/?${query}`);
		expect([query, answer.status], answer.text).toEqual([query, 200]);
		expect([query, answer.json().map(({ id }: { id: string }) => id)]).toEqual([query, expected]);
		const patched = await rest('PATCH', `/Sign/?${query}`, {});
		expect([query, patched.text]).toEqual([query, JSON.stringify({ updated: wanted.length })]);
		const { feed } = await openEventSource(`/Sign/?${query}`);
		await feed.until(({ id }) => id === expected[0]);
		expect(new Set(feed.received.map(({ id }) => id))).toEqual(new Set(expected));
	}
});

test('a query compares updatedAt with a time: any other value would select every sign', async () => {
	const { location } = await place();
	for (const value of ['', '99999999999999999999', 'soon', 'null', 'date:soon'])
		for (const comparator of ['gt', 'ne', 'le']) {
			const { status, text } = await rest('PATCH', `/Sign/?location=${location}&updatedAt=${comparator}=${value}`, {});
			expect([value, status, text]).toEqual([value, 400, expect.stringContaining('query must compare updatedAt with')]);
		}
	for (const value of ['0', '2020-01-01', '1577836800000', '2020-01-01T10%3A00%3A00Z', 'date:2020-01-01'])
		expect((await rest('PATCH', `/Sign/?location=${location}&updatedAt=gt=${value}`, {})).json()).toEqual({
			updated: 3,
		});
});

test('no value means a missing one: where it cannot be a text it is refused, in GET, in PATCH and in a stream', async () => {
	const headers = { Authorization: basic(ADMIN), Accept: 'text/event-stream' };
	for (const field of ['brightness', 'revision', 'power', 'updatedAt'])
		for (const condition of [`${field}=sw=null`, `${field}=ew=nul%6c`, `${field}==*`, `id==*&${field}=ct=null`]) {
			const refusal = [condition, 400, expect.stringMatching(/query must compare \w+ with/)];
			for (const method of ['GET', 'PATCH']) {
				const payload = method === 'PATCH' ? {} : undefined;
				const { status, text } = await rest(method, `/Sign/?${condition}`, payload);
				expect([condition, status, text]).toEqual(refusal);
			}
			const stream = await fetch(`${url}/Sign/?${condition}`, { headers });
			expect([condition, stream.status, await stream.text()]).toEqual(refusal);
		}
});

test('a query has at most a hundred conditions, and brackets: on GET, PATCH and streams', async () => {
	const names = (count: number) => Array(count).fill('id=no').join('|');
	const brackets = (count: number) => `${'('.repeat(count)}id=no${')'.repeat(count)}`;
	const headers = { Authorization: basic(ADMIN) };
	const watch = (query: string) =>
		fetch(`${url}/Sign/?${query}`, { headers: { ...headers, Accept: 'text/event-stream' } });
	for (const query of [names(100), brackets(100), `sort(${Array(50).fill('id')})&select(${Array(50).fill('id')})`]) {
		expect((await rest('GET', `/Sign/?${query}`)).status, query).toBe(200);
		if (!query.includes('sort'))
			await watch(query).then(({ status, body }) => (expect(status).toBe(200), body!.cancel()));
	}
	for (const query of [names(101), brackets(101), `sort(${Array(51).fill('id')})&select(${Array(50).fill('id')})`]) {
		const reason = expect.stringMatching(
			/Refusal: query must (name fields at most 100 times|have at most 100 brackets)/
		);
		for (const method of ['GET', 'PATCH']) {
			const { status, text } = await rest(
				method,
				`/Sign/?${query}`,
				method === 'PATCH' ? { message: 'all' } : undefined
			);
			expect([status, text], `${method} ${query}`).toEqual([400, reason]);
		}
		const watched = await watch(query);
		expect([watched.status, await watched.text()], query).toEqual([400, reason]);
	}
});

test('a query of signs of equality takes a time that grows with its length', async () => {
	const took = async (length: number) => {
		const before = performance.now();
		await rest('GET', `/Sign/?${'='.repeat(length)}x`);
		return performance.now() - before;
	};
	let [short, long] = [Infinity, Infinity];
	// in turns: what else the machine does meets both
	for (let n = 0; n < 10; n++) {
		short = Math.min(short, await took(3_500));
		long = Math.min(long, await took(14_000));
	}
	expect(long / short).toBeLessThan(8);
});
