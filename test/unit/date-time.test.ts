/** The end of a notice: which texts are a date-time with a zone, and what is stored of them. */
import { describe, expect, test } from 'vitest';
import { toUtc } from '../../sign/date-time.ts';
import { parseChange } from '../../sign/parse.ts';

const DAY = 24 * 60 * 60 * 1000;
const after = (ms: number) => new Date(Date.now() + ms).toISOString();

test.for([
	['2026-01-31T11:00:00.000Z', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T12:00:00+01:00', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T00:30:00+05:30', '2026-01-30T19:00:00.000Z'],
	['2026-12-31T23:00:00-02:00', '2027-01-01T01:00:00.000Z'],
	['2026-01-31T11:00:00+00:00', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T11:00:00-00:00', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T11:00:00+23:59', '2026-01-30T11:01:00.000Z'],
	['2026-01-31t11:00:00z', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T11:00Z', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T12:00+01:00', '2026-01-31T11:00:00.000Z'],
	['2026-01-31T11:00:00.5Z', '2026-01-31T11:00:00.500Z'],
	['2026-01-31T11:00:00.123456789012345Z', '2026-01-31T11:00:00.123Z'],
	['2026-01-31T11:00:59.9999999Z', '2026-01-31T11:00:59.999Z'],
	['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
	['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
	['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('%s is stored as %s', ([text, stored]) => {
	expect(toUtc(text!)).toBe(stored);
	expect(toUtc(stored!)).toBe(stored);
});

test.for([
	['', 'nothing'],
	['soon', 'a word'],
	['2026-01-31', 'a date only'],
	['2026-01-31Z', 'a date with a zone'],
	['2026-01-31T11:00:00', 'no zone'],
	['2026-01-31T11:00', 'no zone'],
	['11:00:00Z', 'no date'],
	['2026-01-31 11:00:00Z', 'a space'],
	['2026-01-31T11:00:00 Z', 'a space before the zone'],
	[' 2026-01-31T11:00:00Z', 'a space before'],
	['2026-01-31T11:00:00Z\n', 'a line break after'],
	['2026-01-31T11:00:00+0100', 'a zone without a colon'],
	['2026-01-31T11:00:00+01', 'a zone of hours'],
	['2026-01-31T11:00:00+24:00', 'a zone of 24 hours'],
	['2026-01-31T11:00:00+01:60', 'a zone of 60 minutes'],
	['2026-01-31T11:00:00−01:00', 'the minus sign U+2212'],
	['2026-01-31T11:00:00CET', 'the name of a zone'],
	['2026-01-31T11:00:00+01:00[Europe/Paris]', 'the name of a zone behind'],
	['2026-01-31T24:00:00Z', '24:00'],
	['2016-12-31T23:59:60Z', 'a leap second'],
	['2026-01-31T11:60:00Z', 'minute 60'],
	['2026-02-30T11:00:00Z', '30 February'],
	['2025-02-29T11:00:00Z', '29 February in a common year'],
	['2026-04-31T11:00:00Z', '31 April'],
	['2026-13-01T11:00:00Z', 'month 13'],
	['2026-00-01T11:00:00Z', 'month 0'],
	['2026-01-00T11:00:00Z', 'day 0'],
	['2026-1-31T11:00:00Z', 'a month of one digit'],
	['26-01-31T11:00:00Z', 'a year of two digits'],
	['+002026-01-31T11:00:00Z', 'a year of six digits'],
	['2026-W05-6T11:00:00Z', 'a week'],
	['20260131T110000Z', 'no hyphens and colons'],
	['2026-01-31T11:00:00,5Z', 'a comma'],
	['2026-01-31T11:00:00.Z', 'a point without digits'],
	['2026-01-31T11:00.5Z', 'a fraction of a minute'],
	['٢٠٢٦-01-31T11:00:00Z', 'other digits'],
	['0000-01-01T00:00:00+00:01', 'a year before 0 in UTC'],
	['9999-12-31T23:59:59-00:01', 'a year after 9999 in UTC'],
	['1769857200000', 'milliseconds'],
])('%j is no end: %s', ([text]) => {
	expect(toUtc(text!)).toBeUndefined();
	expect(() => parseChange({ noticeUntil: text })).toThrow(
		'noticeUntil must be null, or a string: a date and time with a'
	);
});

describe('the field noticeUntil', () => {
	test('is null, or the time in UTC', () => {
		expect(parseChange({ noticeUntil: null })).toEqual({ noticeUntil: null });
		expect(parseChange({ noticeUntil: '2026-01-31t12:00+01:00' })).toEqual({ noticeUntil: '2026-01-31T11:00:00.000Z' });
		expect(parseChange({ notice: 'Closed' })).toEqual({ notice: 'Closed' });
	});

	test.for([0, 1769857200000, true, [], ['2026-01-31T11:00:00Z'], {}, new Date(0), 1n])(
		'is never %o',
		(noticeUntil) => {
			expect(() => parseChange({ noticeUntil })).toThrow('noticeUntil must be null, or a string');
		}
	);

	test('may be past, so that a stored sign can be written again', () => {
		expect(parseChange({ noticeUntil: '1970-01-01T00:00:00Z' })).toEqual({ noticeUntil: '1970-01-01T00:00:00.000Z' });
	});

	test('is at most 366 days ahead', () => {
		const [near, far] = [after(366 * DAY), after(366 * DAY + 60_000)];
		expect(parseChange({ noticeUntil: near })).toEqual({ noticeUntil: near });
		for (const noticeUntil of [far, '9999-12-31T23:59:59Z'])
			expect(() => parseChange({ noticeUntil })).toThrow(/at most 366 days ahead, got "/);
	});
});
