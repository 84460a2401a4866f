/** The dots of a sign, read from the pixels of its canvas in any browser. */
import { eventually } from '../support/feed.ts';

/** One line for each row, with # for a lit dot and a point for an unlit one. */
export type Dots = string[];

/** @param id of the sign; without one the sign that fills the screen */
export const selectorOf = (id?: string) => (id ? `[data-id="${id}"] canvas` : '#screen');

/** Runs in the page. The colours of all dots of a canvas, row by row, each as red, green and blue; none when it has no pixels. */
export function readColours({ selector, rows, columns }: { selector: string; rows: number; columns: number }) {
	const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
	const { width, height } = canvas;
	// The page draws only what is in view: this one is not drawn yet, or has given back its pixels.
	if (width * rows !== height * columns) return [];
	const pitch = height / rows;
	const { data } = canvas
		.getContext('2d', { alpha: false, willReadFrequently: true })!
		.getImageData(0, 0, width, height);
	const colour = (row: number, column: number) => {
		const pixel = Math.floor((row + 0.5) * pitch) * width + Math.floor((column + 0.5) * pitch);
		return Array.from(data.subarray(pixel * 4, pixel * 4 + 3));
	};
	return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => colour(row, column)));
}

/**
 * Waits until a canvas can be read. Signs of other tests move it out of view again.
 * @param read scrolls to it, and calls `readColours`
 */
export const untilDrawn = (read: () => Promise<number[][][]>, timeout = 10_000) =>
	eventually(read, (colours) => colours.length > 0, timeout, 'a canvas with pixels');

/** An unlit dot is darker than this, even with the glow of its neighbours. */
const LIT = 110;

export const toDots = (colours: number[][][]): Dots =>
	colours.map((row) => row.map((colour) => (Math.max(...colour) > LIT ? '#' : '.')).join(''));

export const countLit = (dots: Dots) => dots.join('').replaceAll('.', '').length;
