/** When the revision of a sign was made, as the page knows it. */
import { expect, test } from 'vitest';
import { INITIAL } from '../../sign/fields.ts';
import { withChangedAt } from '../../web/changed-at.js';

const row = (revision: number, minute: number) => ({
	...INITIAL,
	id: 'gate',
	revision,
	updatedAt: `2026-11-24T12:0${minute}:00.000Z`,
});
const before = { ...row(1, 0), changedAt: row(1, 0).updatedAt };

test('a report of the device keeps the time of the revision', () => {
	expect(withChangedAt(row(1, 3), { before, isLive: true }).changedAt).toBe(before.changedAt);
});

test('a revision that arrives while the page is live was made with that write', () => {
	expect(withChangedAt(row(2, 3), { before, isLive: true }).changedAt).toBe(row(2, 3).updatedAt);
	expect(withChangedAt(row(1, 3), { isLive: true }).changedAt).toBe(row(1, 3).updatedAt); // a new sign
});

test('a revision that was made while the page did not know has the time that the server has stored', () => {
	const stored = { id: 'gate', revision: 2, changedAt: row(2, 1).updatedAt };
	expect(withChangedAt(row(2, 3), { before, stored, isLive: false }).changedAt).toBe(stored.changedAt);
	expect(withChangedAt(row(3, 4), { before, stored, isLive: true }).changedAt).toBe(row(3, 4).updatedAt);
});

test('a time that nobody knows is not there', () => {
	expect(withChangedAt(row(2, 3), { before, isLive: false })).toEqual(row(2, 3));
	const stored = { id: 'gate', revision: 2, changedAt: null };
	expect(withChangedAt(row(2, 3), { before, stored, isLive: true })).toEqual(row(2, 3));
});
