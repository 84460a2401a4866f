/** "What was here": the texts in the history of a sign, and what stood with each. */
import { expect, test } from 'vitest';
import { pastTexts } from '../../web/desk/past-texts.js';

let minute = 60;
/** An entry that is older than those made before. */
const entry = (change: Record<string, string | number> | null, by: string | null = 'anna') => ({
	at: `2026-11-27T10:${--minute}:00.000Z`,
	by,
	change,
	revision: change && minute,
});

test('are listed with their author, newest first, each once, with the look of its message', () => {
	const texts = pastTexts([
		entry({ message: 'now', speed: 30 }),
		entry({ brightness: 3 }, 'ben'),
		entry({ message: 'red', notice: 'drill' }, null),
		entry({ message: 'red', color: '#ff0000' }, 'ben'),
		entry({ message: '', color: '#00ff00', effect: 'blink', speed: 20, notice: '' }),
	]);
	expect(texts.map(({ by, kind, fields }) => ({ by, kind, ...fields }))).toEqual([
		{ by: 'anna', kind: 'message', message: 'now', color: '#ff0000', effect: 'blink', speed: 30 },
		{ by: null, kind: 'notice', notice: 'drill' },
		{ by: 'ben', kind: 'message', message: 'red', color: '#ff0000', effect: 'blink', speed: 20 },
	]);
	expect(new Set(texts.map(({ key }) => key)).size).toBe(3);
});

test('have no more of their look than the history knows since the sign was made', () => {
	const texts = pastTexts([entry({ message: 'new' }), entry(null, 'ben'), entry({ message: 'old', color: '#ff0000' })]);
	expect(texts.map(({ kind, fields }) => ({ kind, ...fields }))).toEqual([
		{ kind: 'message', message: 'new' },
		{ kind: 'removal' },
		{ kind: 'message', message: 'old', color: '#ff0000' },
	]);
});
