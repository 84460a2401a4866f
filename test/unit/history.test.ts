/** The changes of a sign from the entries of a log. test/contract/history.test.ts has what a server answers. */
import { expect, test } from 'vitest';
import { DEFAULTS, INITIAL } from '../../sign/fields.ts';
import { changesOf, type LoggedWrite } from '../../sign/history.ts';

const patch = (version: number, fields: object, increment = 1): LoggedWrite => ({
	type: 'patch',
	version,
	user: 'anna',
	value: { ...fields, ...(increment && { revision: { __op__: 'add', value: increment } }) },
});
const removal = (version: number): LoggedWrite => ({ type: 'delete', version, user: 'anna' });

const changes = (writes: LoggedWrite[], isComplete: boolean, revision?: number) =>
	changesOf({ writes, isComplete, revision }, false).map(({ change, revision }) => [change, revision]);

const message = (text: string) => ({ message: text });

test('a log that begins with the sign has each revision, and all fields of the first change', () => {
	expect(changes([patch(1, message('a')), patch(2, message('b')), patch(3, { speed: 2 }, 3)], true, 5)).toEqual([
		[{ speed: 2 }, 5],
		[message('b'), 2],
		[{ ...DEFAULTS, message: 'a' }, 1],
	]);
});

test('a log that has lost its beginning has the revisions that lead to the current one', () => {
	expect(changes([patch(1, message('a')), patch(2, message('b'))], false, 9)).toEqual([
		[message('b'), 9],
		[message('a'), 8],
	]);
});

test('a log that has lost its beginning has no revisions before a removal, and all after it', () => {
	const writes = [patch(1, message('a')), removal(2), patch(3, message('b')), patch(4, message('c'))];
	const rest = [
		[null, null],
		[message('a'), null],
	];
	expect(changes(writes, false, 2)).toEqual([[message('c'), 2], [{ ...DEFAULTS, message: 'b' }, 1], ...rest]);
	expect(changes(writes.slice(0, 2), false)).toEqual(rest);
});

test('writes that arrived in another order have the same history, also a removal that became a row of defaults', () => {
	const writes = [patch(1, message('a')), removal(2), patch(3, message('b')), patch(4, message('c'))];
	const late: LoggedWrite = {
		...removal(2),
		type: 'put',
		value: { id: 'x', ...INITIAL, revision: 0, changedAt: null, updatedAt: new Date(2) },
	};
	expect(changes([writes[0]!, writes[3]!, writes[2]!, late], true, 2)).toEqual(changes(writes, true, 2));
});

test('a write that only completes a row, and fields of another version, are no change', () => {
	const writes = [patch(1, message('a')), patch(2, {}, 0), patch(3, { later: 1 }, 0), patch(4, message('b'))];
	writes[1]!.value = { revision: { __op__: 'add', value: 0 } };
	expect(changes(writes, true, 2)).toEqual([
		[message('b'), 2],
		[{ ...DEFAULTS, message: 'a' }, 1],
	]);
});
