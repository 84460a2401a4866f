/**
 * Paints a piece of a matrix: round dots in a housing that glows around those that are lit. A piece costs four calls of
 * `drawImage`, whatever it shows; none of them needs a filter or a shadow, which not all browsers have.
 */
import { createCanvas } from './dom.js';
import { coloursOf, REACH } from './light.js';

/** @typedef {import('./matrix-size.js').Size} Size */

/** A dot's radius, in pitches. */
const RADIUS = 0.41;

/**
 * @param {CanvasRenderingContext2D} context whose canvas has the size of the piece: `columns * pitch` by `rows * pitch`
 * @param {number} pitch pixels from one dot to the next
 * @param {import('./dots.js').Dots} dots the columns of the piece, with `REACH` more on each side
 * @param {Parameters<typeof coloursOf>[1]} sign undefined: no dot is lit
 */
export function paintDots(context, pitch, dots, sign) {
	const colours = coloursOf(dots, sign);
	const [width, height] = [colours.width * pitch, colours.height * pitch];
	const left = -REACH * pitch;
	const housing = housingOf({ columns: dots.width - 2 * REACH, rows: dots.height }, pitch);
	housing.context.globalCompositeOperation = 'source-atop'; // keeps its holes
	housing.context.drawImage(toCanvas(colours, colours.housing), left, 0, width, height);
	context.imageSmoothingEnabled = false;
	context.drawImage(toCanvas(colours, colours.dots), left, 0, width, height);
	context.drawImage(housing.canvas, 0, 0);
}

/** @type {CanvasRenderingContext2D | undefined} */
let scratch;

/**
 * One pixel per dot. The canvas is the same at each call.
 * @param {import('./light.js').Colours} size
 * @param {Uint8ClampedArray<ArrayBuffer>} pixels RGBA
 */
function toCanvas({ width, height }, pixels) {
	scratch ??= createCanvas(width, height)[1];
	// Setting a canvas' size clears it, and costs a new buffer in some browsers.
	if (scratch.canvas.width !== width || scratch.canvas.height !== height)
		Object.assign(scratch.canvas, { width, height });
	scratch.putImageData(new ImageData(pixels, width, height), 0, 0);
	return scratch.canvas;
}

/** The housing that was used last, for all signs of the same size. @type {{ key: string, canvas: HTMLCanvasElement, context: CanvasRenderingContext2D } | undefined} */
let lastHousing;

/**
 * The housing, with a round hole for each dot. Its colour is whatever was painted on it last.
 * @param {Size} size
 * @param {number} pitch in pixels
 */
function housingOf({ columns, rows }, pitch) {
	const key = [columns, rows, pitch].join();
	if (lastHousing?.key === key) return lastHousing;
	const [tile, hole] = createCanvas(pitch, pitch);
	hole.fillRect(0, 0, pitch, pitch);
	hole.globalCompositeOperation = 'destination-out';
	hole.arc(pitch / 2, pitch / 2, pitch * RADIUS, 0, 2 * Math.PI);
	hole.fill();
	const [canvas, context] = createCanvas(columns * pitch, rows * pitch);
	context.fillStyle = /** @type {CanvasPattern} */ (context.createPattern(tile, 'repeat'));
	context.fillRect(0, 0, canvas.width, canvas.height);
	return (lastHousing = { key, canvas, context });
}
