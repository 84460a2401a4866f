/** A message as a strip of dots, rasterised once per message and size, and its position at a moment. */
import { cut } from './dots.js';
import { isRightToLeft, textDots } from './draw-text.js';
import { scrollOffset } from './motion.js';

/** The fields of a sign that its picture depends on. @typedef {Pick<import('./signs.js').SignRow, 'message' | 'color' | 'brightness' | 'power' | 'effect' | 'speed' | 'revision'>} VisibleFields */
/** @typedef {import('./matrix-size.js').Size} Size */

/** Empty columns between the end of a scrolling text and its next beginning. */
const GAP = 16;

export class MessageStrip {
	/**
	 * Signs with the same key have equal strips.
	 * @param {VisibleFields} sign
	 * @param {Size} size
	 * @param {boolean} isStill true: the text must not move
	 */
	static key({ message, effect }, { columns, rows }, isStill) {
		return [columns, rows, isStill, effect === 'scroll', message].join();
	}

	#dots;
	/** The picture of a scrolling text repeats after this many dots. */
	#length;
	#columns;
	#isRightToLeft;

	/**
	 * @param {string} key see `MessageStrip.key`
	 * @param {VisibleFields} sign
	 * @param {Size} size
	 * @param {boolean} isStill
	 */
	constructor(key, { message, effect }, { columns, rows }, isStill) {
		this.key = key;
		const dots = textDots(message, columns, rows, effect === 'scroll' && !isStill);
		this.isCut = isStill && dots.width > columns;
		this.scrolls = !isStill && (effect === 'scroll' || dots.width > columns);
		this.#isRightToLeft = isRightToLeft(message);
		this.#dots = this.isCut ? cut(dots, columns, this.#isRightToLeft) : dots;
		this.#length = Math.max(dots.width + GAP, columns);
		this.#columns = columns;
	}

	/**
	 * The column of the picture that is the first of the matrix: 0 without a scroll.
	 * @param {VisibleFields} sign
	 * @param {number} time ms since 1970
	 * @returns {number} whole dots, from 0 to the length of the picture
	 */
	position(sign, time) {
		if (!this.scrolls) return 0;
		const offset = scrollOffset(sign, time, this.#length);
		// A right-to-left text moves to the right, so that its beginning appears first.
		const column = this.#isRightToLeft ? this.#dots.width - this.#columns - offset : offset;
		return (column + 2 * this.#length) % this.#length;
	}

	/**
	 * A part of the picture. A text that does not move is centred in the matrix.
	 * @param {number} start its first column
	 * @param {number} width in columns
	 * @returns {import('./dots.js').Dots}
	 */
	part(start, width) {
		const { width: textWidth, height, light } = this.#dots;
		const part = { width, height, light: new Uint8ClampedArray(width * height) };
		const left = this.scrolls ? 0 : Math.floor((this.#columns - textWidth) / 2);
		for (let x = 0; x < width; x++) {
			let column = start + x - left;
			if (this.scrolls) column = (column + this.#length) % this.#length;
			if (column < 0 || column >= textWidth) continue;
			for (let y = 0; y < height; y++) part.light[y * width + x] = light[y * textWidth + column] ?? 0;
		}
		return part;
	}
}
