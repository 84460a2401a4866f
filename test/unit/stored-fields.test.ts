/** Whether a stored row has the fields of this version: if not, it is completed at each read, and written once. */
import { expect, test } from 'vitest';
import { INITIAL, isComplete, isMissing, withAllFields, type SignRow } from '../../sign/fields.ts';

const ROW: SignRow = { id: 'x', ...INITIAL, revision: 1, updatedAt: new Date(0) };
const without = (field: keyof SignRow) => Object.fromEntries(Object.entries(ROW).filter(([name]) => name !== field));

test('a row whose notice has no end has every field', () => {
	expect(ROW.noticeUntil).toBeNull();
	expect(isComplete(ROW)).toBe(true);
	expect(isMissing('noticeUntil', null)).toBe(false);
});

test('a row that was stored before a field lacks it, and gets its default', () => {
	for (const field of ['notice', 'noticeUntil'] as const) {
		expect(isComplete(without(field))).toBe(false);
		expect(isMissing(field, undefined)).toBe(true);
		expect(withAllFields(without(field))).toEqual(ROW);
	}
});

test('null is no value of the other fields', () => {
	expect(isComplete({ ...ROW, message: null } as object)).toBe(false);
	expect(isMissing('notice', null)).toBe(true);
});
