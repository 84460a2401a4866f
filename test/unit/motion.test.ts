/** The state of scroll and blink at a moment. */
import { describe, expect, test } from 'vitest';
import { isDark, nextChange, scrollOffset } from '../../web/motion.js';
import { DEFAULTS } from '../../sign/fields.ts';

const NOW = Date.UTC(2026, 10, 24);
const sign = { ...DEFAULTS, revision: 7 };

describe('a scroll', () => {
	test.for([1, 20, 100])('moves by %i dots in a second', (speed) => {
		const start = scrollOffset({ ...sign, speed }, NOW, 1000);
		expect(scrollOffset({ ...sign, speed }, NOW + 1000, 1000)).toBe((start + speed) % 1000);
	});

	test('begins again after its length, and is never beyond it', () => {
		const offsets = Array.from({ length: 100 }, (_, i) => scrollOffset(sign, NOW + i * 50, 30));
		expect(Math.max(...offsets)).toBe(29);
		expect(Math.min(...offsets)).toBe(0);
		expect(offsets.slice(0, 30)).toEqual(offsets.slice(30, 60));
	});
});

describe('a sign', () => {
	test('that blinks is lit for half a second, then dark for half a second', () => {
		const blinks = { ...sign, effect: 'blink' };
		expect([0, 499, 500, 999, 1000].map((time) => isDark(blinks, NOW + time))).toEqual([
			false,
			false,
			true,
			true,
			false,
		]);
	});

	test('without power is dark, whatever its effect', () => {
		for (const effect of ['static', 'scroll', 'blink'])
			expect(isDark({ ...sign, effect, power: false }, NOW)).toBe(true);
	});

	test('that does not move never changes without a write', () => {
		expect(nextChange(sign, NOW, false)).toBe(Infinity);
		expect(nextChange({ ...sign, effect: 'blink', power: false }, NOW, true)).toBe(Infinity);
	});

	test('changes next when its picture does', () => {
		const moves = { ...sign, speed: 7 };
		const next = nextChange(moves, NOW + 3, true);
		expect(scrollOffset(moves, next - 1, 1000)).toBe(scrollOffset(moves, NOW + 3, 1000));
		expect(scrollOffset(moves, next + 1, 1000)).toBe(scrollOffset(moves, NOW + 3, 1000) + 1);
		expect(nextChange({ ...sign, effect: 'blink' }, NOW + 3, false)).toBe(NOW + 500);
	});
});
