/** A rasterised message: a strip of dots, drawn once per message, colour and size, and its position at a moment. */
import { cut } from './dots.js';
import { createCanvas } from './dom.js';
import { isRightToLeft, textDots } from './draw-text.js';
import { scrollOffset } from './motion.js';

/** The fields of a sign that its picture depends on. @typedef {Pick<import('./signs.js').SignRow, 'message' | 'color' | 'brightness' | 'power' | 'effect' | 'speed' | 'revision'>} VisibleFields */
/** @typedef {import('./matrix-size.js').Size} Size */

/** Empty columns between the end of a scrolling text and its next beginning. */
const GAP = 16;

/** A message in its colour, one pixel per dot. */
export class MessageStrip {
	static #count = 0;
	/** Unique: two strips never have the same. */
	serial = ++MessageStrip.#count;

	/**
	 * Signs with the same key have equal strips.
	 * @param {VisibleFields} sign
	 * @param {Size} size
	 * @param {boolean} isStill true: the text must not move
	 */
	static key({ message, color, effect }, { columns, rows }, isStill) {
		return [columns, rows, isStill, effect === 'scroll', color, message].join();
	}

	/**
	 * @param {string} key see `MessageStrip.key`
	 * @param {VisibleFields} sign
	 * @param {Size} size
	 * @param {boolean} isStill
	 */
	constructor(key, { message, color, effect }, { columns, rows }, isStill) {
		this.key = key;
		const dots = textDots(message, columns, rows, effect === 'scroll' && !isStill);
		this.isRightToLeft = isRightToLeft(message);
		this.isCut = isStill && dots.width > columns;
		this.scrolls = !isStill && (effect === 'scroll' || dots.width > columns);
		this.dots = toCanvas(this.isCut ? cut(dots, columns, this.isRightToLeft) : dots, color);
		this.glow = blurred(this.dots);
		/** The picture of a scrolling text repeats after this many dots. */
		this.length = Math.max(this.dots.width + GAP, columns);
		/** The column at which a text that does not move begins, so that it is centred. */
		this.restPosition = Math.floor((columns - this.dots.width) / 2);
		this.columns = columns;
	}

	/**
	 * @param {VisibleFields} sign
	 * @param {number} time ms since 1970
	 * @returns {number} the column of the matrix at which the text begins, in [-length, length]
	 */
	position(sign, time) {
		if (!this.scrolls) return this.restPosition;
		const offset = scrollOffset(sign, time, this.length);
		// A right-to-left text moves to the right, so that its beginning appears first.
		return this.isRightToLeft ? offset - (this.dots.width - this.columns) : -offset;
	}
}

/**
 * @param {import('./dots.js').Dots} dots
 * @param {string} color
 */
function toCanvas({ width, height, light }, color) {
	const [canvas, context] = createCanvas(width, height);
	const number = Number.parseInt(color.slice(1), 16);
	const image = context.createImageData(width, height);
	for (const [dot, opacity] of light.entries())
		image.data.set([number >> 16, (number >> 8) & 255, number & 255, opacity], dot * 4);
	context.putImageData(image, 0, 0);
	return canvas;
}

/** @param {HTMLCanvasElement} dots */
function blurred(dots) {
	const [canvas, context] = createCanvas(dots.width, dots.height);
	context.filter = 'blur(1px)';
	context.drawImage(dots, 0, 0);
	return canvas;
}
