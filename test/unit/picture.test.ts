/** The dots that the virtual sign lights in a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { HEIGHT, lettersOf } from '../../device/letters.ts';
import { nextPicture, picture } from '../../device/picture.ts';
import { INITIAL, type SignJson } from '../../sign/fields.ts';

const NOW = Date.UTC(2026, 10, 24);
const row = (change: Partial<SignJson>): SignJson => ({
	id: 'x',
	...INITIAL,
	online: true,
	revision: 0,
	updatedAt: '',
	...change,
});
const plain = (change: Partial<SignJson>, columns = 60, time = NOW) =>
	picture(row(change), time, columns).map(stripVTControlCharacters);
const lit = (lines: string[]) => lines.join('').split('●').length - 1;

describe('the picture', () => {
	test('has the same size whatever it shows', () => {
		for (const message of ['', 'x', 'x'.repeat(256)]) {
			const lines = plain({ message });
			expect(lines).toHaveLength(HEIGHT);
			for (const line of lines) expect(line).toHaveLength(60);
		}
	});

	test('is dark without power and where there is no sign', () => {
		expect(lit(plain({ message: 'Hello' }))).toBeGreaterThan(50);
		expect(lit(plain({ message: 'Hello', power: false }))).toBe(0);
		expect(lit(picture(null, NOW, 60))).toBe(0);
	});

	test('of a long static text moves, so that none of it is lost', () => {
		const change = { message: 'a long text', speed: 10 };
		expect(plain(change, 20, NOW + 100)).not.toEqual(plain(change, 20));
		expect(nextPicture(row(change), NOW, 20)).toBe(NOW + 100);
		expect(nextPicture(row({ message: 'I' }), NOW, 20)).toBe(Infinity);
	});

	test('of a scroll moves by one dot to the left', () => {
		const change = { message: 'Hi', effect: 'scroll', speed: 1 } as const;
		const times = Array.from({ length: 80 }, (_, second) => plain(change, 60, NOW + second * 1000)[0]!);
		const at = times.findIndex((line) => line.startsWith('●'));
		expect(times[at + 1]!.slice(0, -1)).toBe(times[at]!.slice(1));
	});

	test('is that of the notice until it ends, and then that of the message', () => {
		const change = { message: 'Gate', notice: 'Hello', noticeUntil: new Date(NOW + 3_000).toISOString() };
		const one = row(change);
		const at = (time: number) => picture(one, time, 60).map(stripVTControlCharacters);
		expect(at(NOW + 2_999)).toEqual(plain({ message: 'Hello' }));
		expect(at(NOW + 3_000)).toEqual(plain({ message: 'Gate' }));
		expect(plain({ ...change, notice: '☕' })[0]).toContain('☕');
	});

	test('of a notice that is too wide moves, also over a short message', () => {
		const change = row({ message: 'I', notice: 'a long text', noticeUntil: null, speed: 10 });
		expect(nextPicture(change, NOW, 20)).toBe(NOW + 100);
		expect(nextPicture({ ...change, noticeUntil: new Date(NOW).toISOString() }, NOW, 20)).toBe(Infinity);
	});

	test.for([
		[0, '\x1b[38;2;30;21;0m●'],
		[15, '\x1b[38;2;255;176;0m●'],
	] as const)('at brightness %i has the colour at that level', ([brightness, dot]) => {
		expect(picture(row({ message: 'I', brightness }), NOW, 60).join('')).toContain(dot);
	});

	test('of letters that the font lacks is the text itself', () => {
		const lines = plain({ message: 'こんにちは ☕ <b>' });
		expect(lines[0]).toContain('こんにちは ☕ <b>');
		expect(lit(lines)).toBe(0);
	});
});

describe('letters', () => {
	test('of many scripts are those of the font', () => {
		for (const text of ['Gate 12: 7%', 'Grüße', 'привет']) expect(lettersOf(text), text).toBeDefined();
	});
	test('lose their accent before they lose themselves', () => expect(lettersOf('é')).toEqual(lettersOf('e')));
	test('that are missing are missed', () => expect(lettersOf('a☕')).toBeUndefined());
});
