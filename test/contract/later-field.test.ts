/**
 * Signs that another version of the application has stored: without some fields, with other fields, and with another rule.
 * The tests build on one another.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHarper } from '../../launcher/harper.ts';
import { get, rest, subscribers, useServer, type Row } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { copyLaterVersion, expectEverywhere, exportOf, LATER } from '../support/later-version.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

type LaterRow = Row & typeof LATER;

let harper: TemporaryHarper;
let copy: ReturnType<typeof copyLaterVersion>;
let before: Row;

beforeAll(async () => {
	copy = copyLaterVersion();
	harper = await startTemporaryHarper();
	useServer(harper);
	for (const id of ['old', 'other'])
		await rest('PUT', `/Sign/${id}`, { message: id, location: 'attic', brightness: 15 });
	before = (await get('old'))!;
	await runVersion(copy.folder);
});
afterAll(async () => {
	await harper?.stop(); // the latest process
	await harper?.remove();
	copy.remove();
});

/** Restarts Harper on the same data, with another version of the application, or with this version. */
async function runVersion(application?: string): Promise<void> {
	await harper.stop();
	const started = await startHarper({ ...harper.options, application });
	harper = { ...harper, ...started };
}

/** The ids of the signs that a query selects. */
async function select(query: string): Promise<string[]> {
	const { status, text, json } = await rest('GET', `/Sign/?${query}`);
	if (status !== 200) throw new Error(`?${query} answers ${status} ${text}`);
	return (json() as Row[]).map(({ id }) => id).sort();
}

test('a field that came later is in every sign, for every reader', async () => {
	await expectEverywhere({ ...before, ...LATER });
});

test('a query by a new field finds the signs that were stored before, each once, and counts no revision', async () => {
	const isFound = (ids: string[]) => ids.length === 2;
	for (const query of [
		'laterNumber=5',
		'laterNumber=lt=6',
		'sort(laterNumber)',
		'sort(-laterNumber)',
		'laterText=none',
		'laterEnd=null',
		'sort(laterEnd)&laterText=none',
	])
		expect(await eventually(() => select(query), isFound), query).toEqual(['old', 'other']);
	expect(await select('laterNumber=gt=5')).toEqual([]);
	expect((await rest('PATCH', '/Sign/?laterNumber=5&location=attic', { speed: 7 })).json()).toEqual({ updated: 2 });
	expect(await get('old')).toMatchObject({ ...LATER, speed: 7, revision: 2 });
});

test('a new field of an old sign is set, and published to every subscriber', async () => {
	const feeds = await Promise.all(subscribers.map(({ open }) => open('old')));
	await rest('PATCH', '/Sign/old', { laterNumber: 6, laterText: 'mine', laterEnd: '2026-01-31T11:00Z' });
	for (const feed of feeds) await feed.until(({ row }) => (row as LaterRow).laterText === 'mine');
	expect([await select('laterNumber=5'), await select('laterNumber=6')]).toEqual([['other'], ['old']]);
	expect(await get('old')).toMatchObject({
		laterNumber: 6,
		laterText: 'mine',
		laterEnd: '2026-01-31T11:00:00.000Z',
		revision: 3,
	});
});

test('a sign that breaks a rule of a later version is read as it is, and its other fields are merged', async () => {
	expect((await rest('PATCH', '/Sign/old', { brightness: 15 })).status).toBe(400);
	expect((await rest('PATCH', '/Sign/old', { message: 'merged' })).status).toBe(204);
	expect((await rest('PATCH', '/Sign/?id=old', { speed: 9 })).json()).toEqual({ updated: 1 });
	const row = { ...before, ...LATER, ...(await get('old'))!, brightness: 15, message: 'merged', speed: 9, revision: 5 };
	await expectEverywhere(row);
});

test(
	'after a roll-back no reader gets the field, and what is exported can be imported',
	{ timeout: 60_000 },
	async () => {
		const { laterNumber, laterText, laterEnd, ...back } = (await get('old')) as LaterRow;
		await runVersion();
		await expectEverywhere(back);
		expect((await rest('PUT', '/Sign/old', { ...exportOf(back), location: '' })).status).toBe(204);
		await rest('PATCH', '/Sign/other', { message: 'patched' });
		await expectEverywhere({
			...back,
			location: '',
			revision: back.revision + 1,
			updatedAt: (await get('old'))!.updatedAt,
		});

		await runVersion(copy.folder); // the writes of the older version have kept the fields that it does not know
		expect(await get('old')).toMatchObject({ location: '', laterNumber, laterText, laterEnd });
		expect(await get('other')).toMatchObject({ message: 'patched', ...LATER });
		expect([await select('laterNumber=5'), await select('laterNumber=6')]).toEqual([['other'], ['old']]);
	}
);
