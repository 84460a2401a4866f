/**
 * Text to dots: which dots of a matrix a drawn text lights, how bright, and what is left out. Pure: no canvas, no page.
 *
 * `Dots` are the dots of a picture, row by row: of each how far it is lit, from 0 (not) to 255.
 * @typedef {{ width: number, height: number, light: Uint8ClampedArray }} Dots
 */

/** The light of a pixel is weighed as the eye does it [ITU-R BT.709]. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722];
/** Letters are white: below `least` of its opacity a dot is not lit, from `full` on it is fully. Strokes stay sharp. */
const CONTRAST = { least: 0.22, full: 0.62 };
/** An emoji has colours of its own: its light and dark parts are told apart, and the darkest is still seen. */
const DARKEST = 0.15;
/** A dot has a few steps of light, not 256: as the diodes of a matrix that is dimmed by pulses. */
const STEPS = 6;

/**
 * The dots of a text that was drawn in white, one pixel for each dot.
 * @param {{ width: number, height: number, data: ArrayLike<number> }} pixels RGBA, as a canvas gives them
 * @returns {Dots}
 */
export function toDots({ width, height, data }) {
	const light = new Uint8ClampedArray(width * height);
	for (let dot = 0; dot < light.length; dot++) {
		const part = (/** @type {number} */ number) => (data[dot * 4 + number] ?? 0) / 255;
		const luma = RED * part(0) + GREEN * part(1) + BLUE * part(2);
		const isLetter = luma > 0.99;
		light[dot] = 255 * stepped(isLetter ? sharpened(part(3)) : part(3) * (DARKEST + (1 - DARKEST) * luma ** 2));
	}
	return { width, height, light };
}

/** @param {number} opacity */
const sharpened = (opacity) => (opacity - CONTRAST.least) / (CONTRAST.full - CONTRAST.least);

/** @param {number} light from 0 to 1, or beyond */
const stepped = (light) => Math.ceil(Math.min(Math.max(light, 0), 1) * STEPS) / STEPS;

/**
 * How much of its colour's light a lit dot gives. The lowest brightness is dim, not dark.
 * @param {number} brightness 0 to 15
 * @returns {number} from 0.3 to 1
 */
export const lightOf = (brightness) => 0.3 + (0.7 * brightness) / 15;

/** Dots of the mark that says that a text goes on: three, each with a gap before it. */
const MARK = 6;

/**
 * The beginning of a text that is longer than the matrix and must not move, with a mark (…) where it is cut.
 * @param {Dots} dots
 * @param {number} columns of the matrix
 * @param {boolean} fromRight whether it is read from right to left: then its beginning is on the right
 * @returns {Dots} as wide as the matrix; the same dots when they fit
 */
export function cut(dots, columns, fromRight) {
	const { width, height } = dots;
	if (width <= columns) return dots;
	const light = new Uint8ClampedArray(columns * height);
	const skipped = fromRight ? width - columns : 0;
	const isText = (/** @type {number} */ column) => (fromRight ? column > MARK : column < columns - MARK - 1);
	for (let row = 0; row < height; row++)
		for (let column = 0; column < columns; column++)
			if (isText(column)) light[row * columns + column] = dots.light[row * width + column + skipped] ?? 0;
	const baseline = Math.round(height * 0.75);
	for (let dot = 1; dot < MARK; dot += 2) light[baseline * columns + (fromRight ? dot : columns - 1 - dot)] = 255;
	return { width: columns, height, light };
}

/** @typedef {(text: string, size: number) => number} Measure how many dots wide a line of that height is */

/**
 * Breaks a text into the lines that let it be as large as the matrix allows.
 * @param {string} text
 * @param {number} columns of the matrix
 * @param {number} rows of the matrix
 * @param {Measure} measure
 * @param {number} least rows of the smallest line that can be read
 * @returns {{ lines: string[], size: number } | undefined} `size`: rows of a line. undefined when it does not fit
 */
export function broken(text, columns, rows, measure, least) {
	const words = text.split(/\s+/u).filter(Boolean);
	for (let size = rows; size >= least; size--) {
		const lines = linesOf(words, (line) => measure(line, size) <= columns, Math.floor(rows / size));
		if (lines) return { lines, size };
	}
	return undefined;
}

/**
 * @param {string[]} words
 * @param {(line: string) => boolean} fits
 * @param {number} most lines
 */
function linesOf(words, fits, most) {
	/** @type {string[]} */
	const lines = [];
	for (const word of words) {
		const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
		if (lines.length && fits(longer)) lines[lines.length - 1] = longer;
		else if (lines.length < most && fits(word)) lines.push(word);
		else return undefined;
	}
	return lines;
}
