/**
 * Draws a message with the browser's fonts, so small that each pixel is one dot. So every script and emoji of the browser
 * works. It draws on a canvas that is not part of the page.
 */
import { breakLines, toDots } from './dots.js';

/** @typedef {import('./dots.js').Dots} Dots */

/** The first letter decides the direction of a text, as in the Unicode bidirectional algorithm [UAX 9, P2]. */
const RIGHT_TO_LEFT =
	/^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** @param {string} text */
export const isRightToLeft = (text) => RIGHT_TO_LEFT.test(text);

/** The font size, in heights of a line. */
const FONT = 0.8;
/** The distance of the baseline from the top of the line, in heights of a line. */
const BASELINE = 0.78;
/** In rows: a lower line cannot be read. */
const MIN_LINE_HEIGHT = 16;
/** A scrolling line is at most this many times lower than the matrix is wide, so that a few letters are visible at once. */
const MIN_WIDTH_TO_HEIGHT = 3.5;

const context = /** @type {CanvasRenderingContext2D} */ (
	document.createElement('canvas').getContext('2d', { willReadFrequently: true })
);

/**
 * The dots of a message, as large as the matrix allows. The text stands in one line when it scrolls, and when it does not
 * fit in several.
 * @param {string} message
 * @param {number} columns of the matrix
 * @param {number} rows of the matrix
 * @param {boolean} scrolls whether the text moves even if it fits
 * @returns {Dots} wider than the matrix when the text does not fit
 */
export function textDots(message, columns, rows, scrolls) {
	const fitting = scrolls ? undefined : breakLines(message, columns, rows, widthOf, Math.min(rows, MIN_LINE_HEIGHT));
	if (fitting) return rasterise(fitting.lines, fitting.size, rows);
	return rasterise(
		[message],
		Math.max(Math.min(rows, Math.floor(columns / MIN_WIDTH_TO_HEIGHT)), Math.min(rows, MIN_LINE_HEIGHT)),
		rows
	);
}

/**
 * @param {string} text
 * @param {number} size height of the line, in rows
 * @returns {number} in dots
 */
function widthOf(text, size) {
	setFont(text, size);
	return Math.ceil(extent(text).width);
}

/**
 * The size of what the browser draws, in dots. It can exceed the advance width, with italic or Arabic letters for example.
 * @param {string} text
 */
function extent(text) {
	const box = context.measureText(text);
	const overhang = Math.max(0, Math.ceil(box.actualBoundingBoxLeft));
	return {
		overhang,
		width: overhang + Math.max(box.width, box.actualBoundingBoxRight),
		above: box.actualBoundingBoxAscent,
		below: box.actualBoundingBoxDescent,
	};
}

/**
 * @param {string} text
 * @param {number} size height of the line, in rows
 */
function setFont(text, size) {
	context.font = `700 ${size * FONT}px system-ui, "Noto Sans", sans-serif`;
	context.direction = isRightToLeft(text) ? 'rtl' : 'ltr';
	context.textAlign = 'left';
	context.fillStyle = '#fff';
}

/**
 * @param {string[]} lines
 * @param {number} size height of a line, in rows
 * @param {number} rows of the matrix: the lines are centred in it
 * @returns {Dots}
 */
function rasterise(lines, size, rows) {
	const width = Math.max(1, ...lines.map((line) => widthOf(line, size)));
	context.canvas.width = width;
	context.canvas.height = rows;
	const top = Math.floor((rows - lines.length * size) / 2);
	for (const [number, line] of lines.entries()) drawLine(line, size, width, top + number * size);
	return toDots(context.getImageData(0, 0, width, rows));
}

/**
 * @param {string} line
 * @param {number} size height of the line, in rows
 * @param {number} width of the picture: the line is centred in it
 * @param {number} top the line's first row
 */
function drawLine(line, size, width, top) {
	setFont(line, size);
	let box = extent(line);
	// Scripts with marks above and below the letters may need more than the line: then the font gets smaller.
	const scale = Math.min(1, size / (box.above + box.below));
	if (scale < 1) {
		setFont(line, size * scale);
		box = extent(line);
	}
	const baseline = Math.min(Math.max(Math.round(size * BASELINE), Math.ceil(box.above)), Math.floor(size - box.below));
	context.fillText(line, Math.floor((width - box.width) / 2) + box.overhang, top + baseline);
}
