/**
 * Draws a message small, with the browser's own fonts, so that each pixel is a dot: every script and emoji that the
 * browser knows works. May touch a canvas of its own; what becomes of the pixels is in dots.js.
 */
import { broken, toDots } from './dots.js';

/** @typedef {import('./dots.js').Dots} Dots */

/** The first letter decides in which direction a text is read, as in the Unicode bidirectional algorithm [UAX 9, P2]. */
const FROM_RIGHT =
	/^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** @param {string} text */
export const isFromRight = (text) => FROM_RIGHT.test(text);

/** As parts of a line's height: the size of its font, and how far its baseline is from its top. */
const FONT = 0.8;
const BASELINE = 0.78;
/** Rows of a line that can still be read. */
const LEAST = 16;
/** A line that scrolls is at most the matrix's width divided by this high: so that a few letters are seen at once. */
const SEEN = 3.5;

const context = /** @type {CanvasRenderingContext2D} */ (
	document.createElement('canvas').getContext('2d', { willReadFrequently: true })
);

/**
 * The dots of a message, as large as the matrix allows: in one line when it is to scroll, or does not fit otherwise.
 * @param {string} message
 * @param {number} columns of the matrix
 * @param {number} rows of the matrix
 * @param {boolean} scrolls whether it is to move in any case
 * @returns {Dots} wider than the matrix when it does not fit
 */
export function drawn(message, columns, rows, scrolls) {
	const fitting = scrolls ? undefined : broken(message, columns, rows, widthOf, Math.min(rows, LEAST));
	if (fitting) return rasterised(fitting.lines, fitting.size, rows);
	return rasterised([message], Math.max(Math.min(rows, Math.floor(columns / SEEN)), Math.min(rows, LEAST)), rows);
}

/**
 * @param {string} text
 * @param {number} size rows of the line
 */
function widthOf(text, size) {
	use(text, size);
	return Math.ceil(extent(text).width);
}

/**
 * What is really drawn can be wider than what the text takes, an italic or an Arabic letter for one.
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
 * @param {number} size
 */
function use(text, size) {
	context.font = `700 ${size * FONT}px system-ui, "Noto Sans", sans-serif`;
	context.direction = isFromRight(text) ? 'rtl' : 'ltr';
	context.textAlign = 'left';
	context.fillStyle = '#fff';
}

/**
 * @param {string[]} lines
 * @param {number} size rows of a line
 * @param {number} rows of the matrix: the lines stand in the middle
 * @returns {Dots}
 */
function rasterised(lines, size, rows) {
	const width = Math.max(1, ...lines.map((line) => widthOf(line, size)));
	context.canvas.width = width;
	context.canvas.height = rows;
	const top = Math.floor((rows - lines.length * size) / 2);
	for (const [number, line] of lines.entries()) drawLine(line, size, width, top + number * size);
	return toDots(context.getImageData(0, 0, width, rows));
}

/**
 * @param {string} line
 * @param {number} size
 * @param {number} width of the picture: the line stands in the middle
 * @param {number} top
 */
function drawLine(line, size, width, top) {
	use(line, size);
	let box = extent(line);
	// Scripts with marks above and below need more than a line: smaller, but whole.
	const fits = Math.min(1, size / (box.above + box.below));
	if (fits < 1) {
		use(line, size * fits);
		box = extent(line);
	}
	const baseline = Math.min(Math.max(Math.round(size * BASELINE), Math.ceil(box.above)), Math.floor(size - box.below));
	context.fillText(line, Math.floor((width - box.width) / 2) + box.overhang, top + baseline);
}
