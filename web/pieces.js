/**
 * A moving picture in prepared pieces, each as wide as the matrix: a frame is one or two copies of their pixels. A piece
 * is painted when it comes into view. So the pieces need little memory, however long the text is.
 */
import { createCanvas } from './dom.js';

/** A text that is shorter than the matrix needs two pieces; with three, most texts are painted once. */
const MAX_PIECES = 3;

export class Pieces {
	#width;
	#height;
	#columns;
	#paint;
	/** By number; the one that was used last comes last. @type {Map<number, CanvasRenderingContext2D>} */
	#pieces = new Map();

	/**
	 * @param {import('./matrix-size.js').Size} size of a piece, in dots
	 * @param {number} pitch in pixels
	 * @param {(context: CanvasRenderingContext2D, column: number) => void} paint paints the piece that begins at a column
	 */
	constructor({ columns, rows }, pitch, paint) {
		this.#width = columns * pitch;
		this.#height = rows * pitch;
		this.#columns = columns;
		this.#paint = paint;
	}

	/**
	 * Copies what a matrix shows.
	 * @param {CanvasRenderingContext2D} context of the matrix
	 * @param {number} column of the picture that is the first of the matrix; at least 0
	 */
	draw(context, column) {
		const number = Math.floor(column / this.#columns);
		const left = (column % this.#columns) * (this.#width / this.#columns);
		context.drawImage(this.#piece(number), -left, 0);
		if (left > 0) context.drawImage(this.#piece(number + 1), this.#width - left, 0);
	}

	/** A browser frees a canvas without pixels at once, others when it collects garbage. */
	release() {
		for (const { canvas } of this.#pieces.values()) canvas.width = canvas.height = 0;
		this.#pieces.clear();
	}

	/** @param {number} number */
	#piece(number) {
		let context = this.#pieces.get(number);
		if (!context) {
			context = this.#newContext();
			this.#paint(context, number * this.#columns);
		}
		this.#pieces.delete(number);
		this.#pieces.set(number, context);
		return context.canvas;
	}

	/** A new canvas, or the one that was not used for the longest time. */
	#newContext() {
		const [oldest] = this.#pieces;
		if (!oldest || this.#pieces.size < MAX_PIECES) return createCanvas(this.#width, this.#height)[1];
		this.#pieces.delete(oldest[0]);
		return oldest[1];
	}
}
