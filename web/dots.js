/**
 * From a drawn text to the dots of a matrix: how bright each dot is, how a long text is cut, and how it breaks into lines.
 * Pure: no canvas, no page.
 *
 * `Dots` is a picture. `light` has the brightness of each dot, row by row, from 0 (not lit) to 255.
 * @typedef {{ width: number, height: number, light: Uint8ClampedArray }} Dots
 */

/** How much each colour contributes to the brightness that the eye sees [ITU-R BT.709]. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722];
/** A dot of a letter is not lit up to the opacity `min`, and fully lit from `full` on: so strokes stay sharp. */
const CONTRAST = { min: 0.22, full: 0.62 };
/** An emoji has its own colours: its dark parts are dimmer than its light parts, but at least this bright. */
const MIN_EMOJI_LIGHT = 0.45;
/** A dot has this many steps of light, not 256, like the LEDs of a matrix that pulses dim. */
const STEPS = 6;

/**
 * The dots of a text that was drawn in white, one pixel per dot.
 * @param {{ width: number, height: number, data: ArrayLike<number> }} pixels RGBA, as in ImageData
 * @returns {Dots}
 */
export function toDots({ width, height, data }) {
	const light = new Uint8ClampedArray(width * height);
	for (let dot = 0; dot < light.length; dot++) {
		const channel = (/** @type {number} */ number) => (data[dot * 4 + number] ?? 0) / 255;
		const luma = RED * channel(0) + GREEN * channel(1) + BLUE * channel(2);
		const opacity = channel(3);
		const isLetter = luma > 0.99;
		light[dot] =
			255 * toStep(isLetter ? sharpen(opacity) : opacity * (MIN_EMOJI_LIGHT + (1 - MIN_EMOJI_LIGHT) * luma ** 2));
	}
	return { width, height, light };
}

/** @param {number} opacity */
const sharpen = (opacity) => (opacity - CONTRAST.min) / (CONTRAST.full - CONTRAST.min);

/** @param {number} light values outside 0 to 1 are clamped */
const toStep = (light) => Math.ceil(Math.min(Math.max(light, 0), 1) * STEPS) / STEPS;

/** Columns of the ellipsis (…) at which a text is cut: three dots, each after an empty column. */
const ELLIPSIS = 6;

/**
 * Cuts a text that is wider than the matrix and must not move: its beginning, and an ellipsis (…).
 * @param {Dots} dots
 * @param {number} columns of the matrix
 * @param {boolean} isRightToLeft true: the text begins on the right
 * @returns {Dots} as wide as the matrix; the same dots when they fit
 */
export function cut(dots, columns, isRightToLeft) {
	const { width, height } = dots;
	if (width <= columns) return dots;
	const light = new Uint8ClampedArray(columns * height);
	const skipped = isRightToLeft ? width - columns : 0;
	const isText = (/** @type {number} */ column) =>
		isRightToLeft ? column > ELLIPSIS : column < columns - ELLIPSIS - 1;
	for (let row = 0; row < height; row++)
		for (let column = 0; column < columns; column++)
			if (isText(column)) light[row * columns + column] = dots.light[row * width + column + skipped] ?? 0;
	const baseline = Math.round(height * 0.75);
	for (let dot = 1; dot < ELLIPSIS; dot += 2)
		light[baseline * columns + (isRightToLeft ? dot : columns - 1 - dot)] = 255;
	return { width: columns, height, light };
}

/** @typedef {(text: string, size: number) => number} Measure the width of a line of height `size`, both in dots */

/**
 * Breaks a text into lines so that it is as large as the matrix allows.
 * @param {string} text
 * @param {number} columns of the matrix
 * @param {number} rows of the matrix
 * @param {Measure} measure
 * @param {number} minSize height of the lowest line that can be read, in rows
 * @returns {{ lines: string[], size: number } | undefined} `size`: height of a line, in rows. undefined when it does not fit
 */
export function breakLines(text, columns, rows, measure, minSize) {
	const words = text.split(/\s+/u).filter(Boolean);
	for (let size = rows; size >= minSize; size--) {
		const lines = fillLines(words, (line) => measure(line, size) <= columns, Math.floor(rows / size));
		if (lines) return { lines, size };
	}
	return undefined;
}

/**
 * @param {string[]} words
 * @param {(line: string) => boolean} fits
 * @param {number} maxLines
 * @returns {string[] | undefined} undefined when the words need more lines, or a word does not fit in one
 */
function fillLines(words, fits, maxLines) {
	/** @type {string[]} */
	const lines = [];
	for (const word of words) {
		const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
		if (lines.length && fits(longer)) lines[lines.length - 1] = longer;
		else if (lines.length < maxLines && fits(word)) lines.push(word);
		else return undefined;
	}
	return lines;
}
