/** What takes a sent change back. */
import { expect, test } from 'vitest';
import { fieldsBefore } from '../../web/desk/past-texts.js';
import { SentChange } from '../../web/desk/sent-change.js';

type Row = { id: string; revision: number; message?: string; speed?: number };

/** Signs as a page knows them; each change is noted. */
function startWall(rows: Row[]) {
	const signs = new Map(rows.map((row) => [row.id, row]));
	const change = (sent: SentChange, id: string, fields: object) => {
		const row = { ...signs.get(id)!, ...fields, revision: signs.get(id)!.revision + 1 };
		signs.set(id, row);
		sent.note(id, row);
	};
	return { rows, signs, change, get: (id: string) => signs.get(id) };
}

test('each sign gets what it had, those with the same values and revision in one request', () => {
	const { rows, change, get } = startWall([
		{ id: 'a', revision: 3, message: 'one' },
		{ id: 'b', revision: 3, message: 'one' },
		{ id: 'c', revision: 5, message: 'two' },
	]);
	const sent = new SentChange(rows, { message: 'all' });
	for (const id of ['a', 'b', 'c']) change(sent, id, { message: 'all' });
	expect(sent.plan(get)).toEqual({
		groups: [
			{ ids: ['a', 'b'], restore: { message: 'one' }, revision: 4 },
			{ ids: ['c'], restore: { message: 'two' }, revision: 6 },
		],
		changed: [],
		removed: [],
	});
});

test('signs that somebody has changed since, or removed, are left', () => {
	const { rows, signs, change, get } = startWall(['a', 'b', 'c', 'd'].map((id) => ({ id, revision: 1, message: id })));
	const sent = new SentChange(rows, { message: 'all' });
	for (const id of ['a', 'b', 'c', 'd']) change(sent, id, { message: 'all' });
	change(sent, 'b', { message: 'theirs' });
	signs.delete('c');
	sent.keepOnly(['a', 'b', 'c']);
	expect(sent.plan(get)).toEqual({
		groups: [{ ids: ['a'], restore: { message: 'a' }, revision: 2 }],
		changed: ['b'],
		removed: ['c'],
	});
});

test('a sign that was removed and made again is another one, also when its revision is the same', () => {
	const { rows, signs, change, get } = startWall([{ id: 'a', revision: 1, message: 'old' }]);
	const sent = new SentChange(rows, { message: 'all' });
	change(sent, 'a', { message: 'all' });
	signs.set('a', { id: 'a', revision: 0 });
	for (const message of ['made again', 'again']) change(sent, 'a', { message });
	expect(get('a')!.revision).toBe(2);
	expect(sent.plan(get)).toEqual({ groups: [], changed: ['a'], removed: [] });
});

test('a change by somebody else just before is what the sign had', () => {
	const { rows, change, get } = startWall([{ id: 'a', revision: 1, message: 'old' }]);
	const sent = new SentChange(rows, { message: 'mine' });
	change(sent, 'a', { message: 'theirs' });
	change(sent, 'a', { message: 'mine' });
	expect(sent.plan(get).groups).toEqual([{ ids: ['a'], restore: { message: 'theirs' }, revision: 3 }]);
});

test('a sign whose event has not arrived must have the next revision', () => {
	const { rows, get } = startWall([{ id: 'a', revision: 1, message: 'old' }]);
	expect(new SentChange(rows, { message: 'mine' }).plan(get).groups[0]!.revision).toBe(2);
});

test('a slider goes back to where its movement began', () => {
	const { rows, change, get } = startWall([{ id: 'a', revision: 1, speed: 10 }]);
	const sent = new SentChange(rows, { speed: 11 });
	expect(sent.isContinuedBy('a', { speed: 12 })).toBe(true);
	expect(sent.isContinuedBy('a', { brightness: 12 })).toBe(false);
	expect(sent.isContinuedBy('b', { speed: 12 })).toBe(false);
	sent.continue({ speed: 12 });
	change(sent, 'a', { speed: 11 });
	change(sent, 'a', { speed: 12 });
	expect(sent.plan(get).groups).toEqual([{ ids: ['a'], restore: { speed: 10 }, revision: 3 }]);
	sent.continue({ speed: 13 });
	sent.cancelLast();
	expect(sent.plan(get)).toMatchObject({ groups: [{ revision: 3 }], changed: [] });
});

test('a sign that somebody has changed just before, unseen by the page, gets what its history has', () => {
	const { rows, signs, change, get } = startWall(['a', 'b'].map((id) => ({ id, revision: 1, message: 'old' })));
	const sent = new SentChange(rows, { message: 'all' });
	signs.set('a', { id: 'a', revision: 2, message: 'theirs' }); // no event of it alone
	for (const id of ['a', 'b']) change(sent, id, { message: 'all' });
	expect(sent.unseen).toEqual(['a']);
	const at = '2026-11-27T10:00:00.000Z';
	const entries = ['later', 'all', 'theirs', 'old'].map((message, n) => ({ at, change: { message }, revision: 4 - n }));
	expect(fieldsBefore(entries, 3, sent.names)).toEqual({ message: 'theirs' });
	expect(fieldsBefore(entries, 9, sent.names)).toEqual({});
	sent.correct('a', entries);
	expect(sent.plan(get).groups).toEqual([
		{ ids: ['a'], restore: { message: 'theirs' }, revision: 3 },
		{ ids: ['b'], restore: { message: 'old' }, revision: 2 },
	]);
});

test('a sign that somebody has changed just after is left, also when the page has not seen the row between', () => {
	const { rows, signs, get } = startWall([
		{ id: 'a', revision: 1, message: 'old' },
		{ id: 'b', revision: 1, message: 'old' },
		{ id: 'c', revision: 1, message: 'all' },
	]);
	const sent = new SentChange(rows, { message: 'all' });
	signs.set('a', { id: 'a', revision: 3, message: 'all', speed: 50 });
	signs.set('b', { id: 'b', revision: 3, message: 'theirs' });
	signs.set('c', { id: 'c', revision: 3, message: 'theirs' });
	for (const [id, row] of signs) sent.note(id, row);
	expect(sent.unseen).toEqual(['a', 'b', 'c']);
	const at = '2026-11-27T10:00:00.000Z';
	const history = (...changes: Record<string, string | number>[]) =>
		changes.map((change, n) => ({ at, change, revision: changes.length - n }));
	sent.correct('a', history({ speed: 50 }, { message: 'all' }, { message: 'old' }));
	sent.correct('b', history({ message: 'theirs' }, { message: 'all' }, { message: 'old' }));
	sent.correct('c', history({ message: 'theirs' }, { speed: 50 }, { message: 'all' })); // the page's own is still to come
	expect(sent.plan(get)).toEqual({
		groups: [{ ids: ['c'], restore: { message: 'theirs' }, revision: 4 }],
		changed: ['a', 'b'],
		removed: [],
	});
});
