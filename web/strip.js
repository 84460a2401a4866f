/** A message as a strip of dots, drawn once for each message, colour and size, and where it stands at a moment. */
import { cut } from './dots.js';
import { blankCanvas } from './elements.js';
import { scrolled } from './motion.js';
import { drawn, isFromRight } from './text.js';

/** What of a sign is seen. @typedef {Pick<import('./signs.js').SignRow, 'message' | 'color' | 'brightness' | 'power' | 'effect' | 'speed' | 'revision'>} Shown */
/** @typedef {import('./size.js').Size} Size */

/** Free columns between the end of a text that scrolls and its beginning. */
const GAP = 16;

/** A message in its colour, a pixel for each dot, and whether and how it moves. */
export class Strip {
	static #count = 0;
	/** Tells strips apart. */
	number = ++Strip.#count;

	/**
	 * @param {Shown} sign
	 * @param {Size} size
	 * @param {boolean} isStill
	 */
	static key({ message, color, effect }, { columns, rows }, isStill) {
		return [columns, rows, isStill, effect === 'scroll', color, message].join();
	}

	/**
	 * @param {string} key
	 * @param {Shown} sign
	 * @param {Size} size
	 * @param {boolean} isStill
	 */
	constructor(key, { message, color, effect }, { columns, rows }, isStill) {
		this.key = key;
		const dots = drawn(message, columns, rows, effect === 'scroll' && !isStill);
		this.isFromRight = isFromRight(message);
		this.isCut = isStill && dots.width > columns;
		this.scrolls = !isStill && (effect === 'scroll' || dots.width > columns);
		this.dots = painted(this.isCut ? cut(dots, columns, this.isFromRight) : dots, color);
		this.glow = blurred(this.dots);
		/** After how many dots the picture repeats itself. */
		this.length = Math.max(this.dots.width + GAP, columns);
		/** Where the text begins when it does not move: in the middle; cut, it is as wide as the matrix. */
		this.rest = Math.floor((columns - this.dots.width) / 2);
		this.columns = columns;
	}

	/**
	 * @param {Shown} sign
	 * @param {number} time ms since 1970
	 * @returns {number} the column of the matrix where the text begins, in [-length, length]
	 */
	position(sign, time) {
		if (!this.scrolls) return this.rest;
		const moved = scrolled(sign, time, this.length);
		// What is read from right to left moves to the right, so that its beginning comes first.
		return this.isFromRight ? moved - (this.dots.width - this.columns) : -moved;
	}
}

/**
 * @param {import('./dots.js').Dots} dots
 * @param {string} color
 */
function painted({ width, height, light }, color) {
	const [canvas, context] = blankCanvas(width, height);
	const number = Number.parseInt(color.slice(1), 16);
	const image = context.createImageData(width, height);
	for (const [dot, opacity] of light.entries())
		image.data.set([number >> 16, (number >> 8) & 255, number & 255, opacity], dot * 4);
	context.putImageData(image, 0, 0);
	return canvas;
}

/** @param {HTMLCanvasElement} dots */
function blurred(dots) {
	const [canvas, context] = blankCanvas(dots.width, dots.height);
	context.filter = 'blur(1px)';
	context.drawImage(dots, 0, 0);
	return canvas;
}
