/** One contract over every transport: each publisher with each subscriber. */
import { describe, expect, test } from 'vitest';
import { get, newId, publishers, subscribers, type Row } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { DEFAULTS, FIELDS } from '../../sign/fields.ts';

const CHANGE = {
	message: 'Gate 12 → 14 ☕',
	color: '#00ff7f',
	brightness: 0,
	effect: 'scroll',
	notice: 'Closed',
	noticeUntil: '2026-01-31T11:00:00.000Z',
} as const;

describe.for(publishers)('$name', ({ open: openPublisher, verb }) => {
	test.for(subscribers)('reaches $name with the complete row that GET answers', async ({ open }, { expect }) => {
		const id = newId('pair');
		const feed = await open(id);
		const write = await openPublisher(id);
		await write(CHANGE);
		const { row } = await feed.until(({ row }) => row?.message === CHANGE.message);
		expect(row).toEqual(await get(id));
		expect(row).toMatchObject({ id, ...DEFAULTS, ...CHANGE, online: false, shownRevision: 0 });
	});

	test('reaches REST GET', async () => {
		const id = newId('pair');
		const write = await openPublisher(id);
		await write(CHANGE);
		const row = await eventually(
			() => get(id),
			(row) => row !== null
		);
		expect(row).toMatchObject({ id, ...DEFAULTS, ...CHANGE, online: false, shownRevision: 0 });
		expect(Object.keys(row!)).toHaveLength(FIELDS.length);
	});

	test(`${verb === 'replace' ? 'sets' : 'keeps'} the fields it does not name`, async () => {
		const id = newId('verb');
		const first = publishers[0]!;
		await (
			await first.open(id)
		)({ message: 'before', speed: 99, location: 'lobby', online: true, shownRevision: 1 });
		const before = (await get(id)) as Row;
		await (
			await openPublisher(id)
		)({ color: '#010203' });
		const after = await eventually(
			() => get(id),
			(row) => row?.color === '#010203'
		);
		const rest = verb === 'replace' ? DEFAULTS : { message: 'before', speed: 99, location: 'lobby' };
		expect(after).toMatchObject({ ...rest, color: '#010203', online: true, shownRevision: 1 });
		expect(after!.revision).toBeGreaterThan(before.revision);
	});
});
