/** To which signs the desk sends, in which requests, and how it describes both. */
import { expect, test } from 'vitest';
import {
	ALL,
	changeText,
	CHOSEN,
	differenceOf,
	inBatches,
	list,
	pathOf,
	SHOWN,
	targetOf,
} from '../../web/desk/sending.js';
import { countText, FIELDS, valueText } from '../../web/fields.js';
import type { SignRow } from '../../web/signs.js';

const rows = ['a', 'b', 'c'].map((id) => ({ id, location: id === 'c' ? '' : 'hall', message: `in ${id}` }) as SignRow);
const signs = { all: () => rows };
const sets = { chosen: () => ['c', 'gone', 'a'], shown: () => ['b'] };

test('a target has the signs that exist, and their count in its name', () => {
	expect(targetOf(ALL, signs, sets)).toEqual({ ids: ['a', 'b', 'c'], name: 'all 3 signs' });
	expect(targetOf('=hall', signs, sets)).toEqual({ ids: ['a', 'b'], name: '2 signs in hall' });
	expect(targetOf('=:chosen', signs, sets)).toEqual({ ids: [], name: '0 signs in :chosen' });
	expect(targetOf(CHOSEN, signs, sets)).toEqual({ ids: ['c', 'a'], name: 'the 2 chosen signs in hall, no location' });
	const unlocated = { all: () => rows.map((row) => ({ ...row, location: '' })) };
	expect(targetOf(CHOSEN, unlocated, sets).name).toBe('the 2 chosen signs');
	expect(targetOf(SHOWN, signs, { ...sets, shown: () => ['a', 'b'] }).name).toBe(
		'the 2 signs that the wall shows in hall'
	);
	expect(targetOf(SHOWN, signs, sets)).toEqual({ ids: ['b'], name: '1 sign' });
});

test('a request names at most 100 fields', () => {
	const ids = Array.from({ length: 214 }, (_, n) => `sign-${n}`);
	expect(inBatches(ids).map(({ length }) => length)).toEqual([100, 100, 14]);
	expect(inBatches(ids).flat()).toEqual(ids);
	expect(inBatches(ids, 1).map(({ length }) => length)).toEqual([99, 99, 16]);
	expect(inBatches([])).toEqual([]);
	expect(pathOf(['a', 'b'])).toBe('/Sign/?(id=a|id=b)');
	expect(pathOf(['a'], 7)).toBe('/Sign/?(id=a)&revision=7');
});

test('what has happened to a target since a person saw it is put in words', () => {
	const exists = (id: string) => id !== 'b';
	expect(differenceOf(['a', 'b'], ['b', 'a'], exists)).toBe('');
	expect(differenceOf(['a', 'b', 'c'], ['a', 'd'], exists)).toBe(
		'Removed meanwhile: b. No longer among them, but changed too: c. Joined meanwhile, and not changed: d'
	);
	expect(list([...'abcdefgh'])).toBe('a, b, c, d, e, f and 2 more');
});

test('what becomes of a field is put in words', () => {
	const fieldOf = (name: string) => FIELDS.find((field) => field.name === name)!;
	const text = (name: string, value: unknown, of = rows) => changeText(fieldOf(name), of, { [name]: value });
	expect(text('message', 'closed')).toBe('Message: “in a”, “in b”, “in c” → “closed”');
	expect(text('message', '')).toBe('Message: “in a”, “in b”, “in c” → empty: these signs will show nothing');
	expect(text('location', '')).toBe('Location: “hall”, empty → empty');
	const many = ['d', 'e'].map((id) => ({ message: id }) as SignRow);
	expect(text('message', 'x', [...rows, ...many])).toContain('“in c” and 2 other values →');
	expect(text('message', 'مرحبا')).toContain('→ “\u2068مرحبا\u2069”'); // else the arrow points from the new to the old
	expect(valueText(fieldOf('power'), false)).toBe('off');
	expect(valueText(fieldOf('speed'), 5)).toBe('5 dots/s');
});

test('characters are counted near the limit, and an emoji is one', () => {
	expect(countText('x'.repeat(199), 256)).toEqual({ words: '', isOver: false });
	expect(countText('😀'.repeat(250), 256)).toEqual({ words: '250 of 256', isOver: false });
	expect(countText('x'.repeat(257), 256)).toEqual({ words: '257 of 256: 1 too many', isOver: true });
	expect(countText('x'.repeat(1_000)).words).toBe('');
});
