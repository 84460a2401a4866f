/** Which signs a person has chosen. */
import { expect, test } from 'vitest';
import { Selection } from '../../web/selection.js';

test('a selection keeps its order, and reports each change once', () => {
	const selection = new Selection();
	const reported: string[][] = [];
	selection.onChange(() => reported.push(selection.ids));
	selection.set(['b', 'a', 'b']);
	selection.set(['a', 'b']);
	selection.toggle('c');
	selection.toggle('a');
	selection.remove('b');
	selection.remove('b');
	expect(reported).toEqual([['b', 'a'], ['b', 'a', 'c'], ['b', 'c'], ['c']]);
	expect([selection.size, selection.has('c'), selection.has('b')]).toEqual([1, true, false]);
});
