/** Functions of the page that need no browser: text to dots, status texts, and what a change sends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { statusText } from '../../web/wall/status-text.js';
import { breakLines, cut, toDots } from '../../web/dots.js';
import { lightOf } from '../../web/light.js';
import { WriteQueue } from '../../web/desk/write-queue.js';
import { refusalsByField } from '../../web/requests.js';
import { screenSize } from '../../web/matrix-size.js';

const dotsOf = (...pixels: number[][]) => [...toDots({ width: pixels.length, height: 1, data: pixels.flat() }).light];
const picture = (...rows: string[]) => ({
	width: rows[0]!.length,
	height: rows.length,
	light: Uint8ClampedArray.from([...rows.join('')].map((dot) => (dot === '#' ? 255 : 0))),
});
const shown = ({ width, light }: ReturnType<typeof picture>) =>
	[...light]
		.map((dot) => (dot ? '#' : '.'))
		.join('')
		.match(new RegExp(`.{${width}}`, 'g'));

describe('the pixels of a text', () => {
	test('become dots that are lit, and dots that are not, with little between', () => {
		const [nothing, faint, edge, most, full] = dotsOf(
			...[0, 40, 110, 180, 255].map((opacity) => [255, 255, 255, opacity])
		);
		expect([nothing, faint, most, full]).toEqual([0, 0, 255, 255]);
		expect(edge).toBeGreaterThan(0);
		expect(edge).toBeLessThan(255);
	});

	test('of an emoji keep its light and dark parts apart, and the darkest seen', () => {
		const [yellow, brown, black] = dotsOf([255, 220, 60, 255], [120, 70, 20, 255], [0, 0, 0, 255]);
		expect(yellow).toBeGreaterThan(brown!);
		expect(brown).toBeGreaterThanOrEqual(black!);
		expect(black).toBeGreaterThan(0);
	});
});

test('brightness grows with every step from dim, not dark, to the full light of the colour', () => {
	const lights = Array.from({ length: 16 }, (_, brightness) => lightOf(brightness));
	expect(lights).toEqual(lights.toSorted((a, b) => a - b));
	expect(new Set(lights).size).toBe(16);
	expect([lights[0], lights[15]]).toEqual([0.3, 1]);
});

describe('a text that must not move', () => {
	const text = picture('####################', '####################', '####################', '####################');

	test('is cut with a mark at its end', () => {
		expect(shown(cut(text, 10, false) as never)).toEqual(
			['###.......', '###.......', '###.......', '###..#.#.#'].map((row, n) => (n === 3 ? '###.#.#.#.' : row))
		);
	});

	test('is cut on the left when it is read from the right', () => {
		expect(shown(cut(text, 10, true) as never)![3]).toBe('.#.#.#.###');
	});

	test('is left as it is when it fits', () => {
		expect(cut(text, 20, false)).toBe(text);
	});
});

describe('a text on a large matrix', () => {
	const measure = (line: string, size: number) => line.length * size * 0.5;

	test('is as large as it can be in one line or several', () => {
		expect(breakLines('HI', 100, 50, measure, 16)).toEqual({ lines: ['HI'], size: 50 });
		expect(breakLines('one two six', 100, 64, measure, 16)).toEqual({ lines: ['one two', 'six'], size: 28 });
	});

	test('that does not fit in readable lines is not broken', () => {
		expect(breakLines('a word '.repeat(50), 100, 64, measure, 16)).toBeUndefined();
		expect(breakLines('x'.repeat(13), 100, 64, measure, 16)).toBeUndefined();
	});

	test('without words has no lines', () => {
		expect(breakLines('   ', 100, 64, measure, 16)).toEqual({ lines: [], size: 64 });
	});
});

test('a screen has dots in its own shape, whatever its size', () => {
	for (const [width, height] of [
		[1920, 1080],
		[3840, 2160],
		[390, 844],
		[100, 100],
		[1, 1],
	] as const) {
		const { columns, rows } = screenSize(width, height);
		expect(Math.abs(columns / rows - width / height), `${width} x ${height}`).toBeLessThan(0.1);
		expect(Math.min(columns, rows)).toBeGreaterThan(0);
	}
});

describe('the status of a sign', () => {
	const row = { online: true, revision: 3, shownRevision: 3 };
	const live = { status: 'Live' } as const;
	test.for([
		[row, live, 'Online', 'Showing'],
		[{ ...row, shownRevision: 2 }, live, 'Online', 'Waiting for the sign'],
		[{ ...row, online: false }, live, 'Offline', ''],
		[{ ...row, online: false, shownRevision: 2 }, live, 'Offline', 'Waiting for the sign'],
		[row, { status: 'Lost' } as const, 'Not known', ''],
	] as const)('%j %j: %s, %s', ([sign, state, presence, showing]) => {
		expect(statusText(sign, state)).toEqual({ presence, showing });
	});
});

describe('a refusal', () => {
	const fields = ['message', 'color', 'brightness'];
	test('is recognised by the fields that it names', () => {
		expect(refusalsByField('brightness must be 0 to 15, got 99; color must be a colour, got "a; b"', fields)).toEqual({
			brightness: 'brightness must be 0 to 15, got 99',
			color: 'color must be a colour, got "a; b"',
		});
	});
	test('that names no field is one of the whole', () => {
		expect(refusalsByField('only an operator merges by query', fields)).toEqual({
			'': 'only an operator merges by query',
		});
	});
});

describe('the write queue', () => {
	const open = () => {
		const sent: { change: object; time: number }[] = [];
		const queue = new WriteQueue(async (change: object) => {
			sent.push({ change, time: performance.now() });
			await sleep(20);
		});
		return { sent, queue };
	};

	test('sends the first change at once, at most ten in a second, and the last value always', async () => {
		const { sent, queue } = open();
		for (let value = 0; value <= 60; value++) {
			queue.add({ value });
			await sleep(5);
		}
		await expect.poll(() => sent.at(-1)!.change).toEqual({ value: 60 });
		expect(sent[0]!.change).toEqual({ value: 0 });
		expect(sent.length).toBeGreaterThan(2);
		for (const [n, { time }] of sent.slice(1).entries()) expect(time - sent[n]!.time).toBeGreaterThan(95);
	});

	test('gathers different fields into one change', async () => {
		const { sent, queue } = open();
		for (const change of [{ a: 1 }, { b: 1 }, { b: 2 }, { c: 3 }]) queue.add(change);
		await expect.poll(() => sent.map(({ change }) => change)).toEqual([{ a: 1 }, { b: 2, c: 3 }]);
	});
});
