/** The text that a sign shows at a moment: its notice or its message. */
import { describe, expect, test } from 'vitest';
import { noticeEnd, shownText } from '../../web/shown-text.js';

const NOW = Date.UTC(2026, 10, 24);
const at = (time: number) => new Date(time).toISOString();
const sign = { message: 'Gate 12', notice: 'Closed', noticeUntil: at(NOW + 3_000) };

describe('a sign', () => {
	test('shows its notice until the millisecond in which it ends, and then its message', () => {
		expect([NOW, NOW + 2_999, NOW + 3_000].map((time) => shownText(sign, time))).toEqual([
			'Closed',
			'Closed',
			'Gate 12',
		]);
		expect([NOW, NOW + 2_999, NOW + 3_000].map((time) => noticeEnd(sign, time))).toEqual([
			NOW + 3_000,
			NOW + 3_000,
			null,
		]);
	});

	test('shows a notice without an end until it is removed', () => {
		expect(shownText({ ...sign, noticeUntil: null }, NOW)).toBe('Closed');
		expect(noticeEnd({ ...sign, noticeUntil: null }, NOW)).toBeNull();
	});

	test('without a notice shows its message, whatever its end', () => {
		for (const noticeUntil of [null, sign.noticeUntil]) {
			expect(shownText({ ...sign, notice: '', noticeUntil }, NOW)).toBe('Gate 12');
			expect(noticeEnd({ ...sign, notice: '', noticeUntil }, NOW)).toBeNull();
		}
	});

	test('of an older server, which has no notices, shows its message', () => {
		expect(shownText({ message: 'Gate 12' }, NOW)).toBe('Gate 12');
		expect(noticeEnd({ message: 'Gate 12' }, NOW)).toBeNull();
	});

	test('whose end cannot be read shows its message', () => {
		expect(shownText({ ...sign, noticeUntil: 'soon' }, NOW)).toBe('Gate 12');
		expect(noticeEnd({ ...sign, noticeUntil: 'soon' }, NOW)).toBeNull();
	});

	test('reads an end in any zone', () => {
		expect(noticeEnd({ ...sign, noticeUntil: '2026-11-24T02:00:03+02:00' }, NOW)).toBe(NOW + 3_000);
	});

	test('shows the notice again when the clock was set back', () => {
		expect([NOW + 3_000, NOW].map((time) => shownText(sign, time))).toEqual(['Gate 12', 'Closed']);
	});
});

describe('a device without a clock', () => {
	const clocks = [0, Date.UTC(2000, 0), Date.UTC(2020, 0) - 1, NaN];

	test.for(clocks)('that reads %d shows the message instead of a notice that has an end', (now) => {
		expect(shownText(sign, now)).toBe('Gate 12');
		expect(noticeEnd(sign, now)).toBeNull();
	});

	test.for(clocks)('that reads %d shows a notice without an end', (now) => {
		expect(shownText({ ...sign, noticeUntil: null }, now)).toBe('Closed');
	});
});
