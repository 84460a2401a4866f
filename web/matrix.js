/** Draws one sign as an LED matrix on one canvas, for a given moment. */
import { WALL_SIZE } from './matrix-size.js';
import { REACH } from './light.js';
import { MessageStrip } from './message-strip.js';
import { isDark, nextChange } from './motion.js';
import { paintDots } from './paint-dots.js';
import { Pieces } from './pieces.js';

/** @typedef {import('./message-strip.js').VisibleFields} VisibleFields */
/** @typedef {import('./matrix-size.js').Size} Size */

/** In pixels per dot. The matrix may overlap the rim of its housing by this much, so that rounding down wastes less space. */
const MAX_OVERLAP = 0.06;

export class Matrix {
	/** @type {HTMLCanvasElement} */ #canvas;
	/** @type {CanvasRenderingContext2D} */ #context;
	/** @type {Size} */ #size = WALL_SIZE;
	/** Pixels from one dot to the next. */
	#pitch = 0;
	/** @type {VisibleFields | undefined} */ #sign;
	#isStill = false;
	/** @type {MessageStrip | undefined} */ #strip;
	/** Prepared for a text that moves. @type {Pieces | undefined} */ #pieces;
	/** What the pieces show. */
	#pieceKey = '';
	/** Identifies the picture on the canvas, so that it is not drawn again. */
	#drawn = '';

	/** @param {HTMLCanvasElement} canvas */
	constructor(canvas) {
		this.#canvas = canvas;
		this.#context = /** @type {CanvasRenderingContext2D} */ (
			canvas.getContext('2d', { alpha: false, willReadFrequently: true })
		);
	}

	/** @param {VisibleFields | undefined} sign undefined: no dot is lit */
	show(sign) {
		this.#sign = sign;
	}

	/** @param {boolean} isStill true: nothing may move */
	setStill(isStill) {
		this.#isStill = isStill;
	}

	/**
	 * @param {number} width available, in pixels of the screen
	 * @param {number} height available, in pixels of the screen
	 * @param {Size} size in dots
	 */
	resize(width, height, size) {
		const pitch = Math.max(1, Math.floor(Math.min(width / size.columns, height / size.rows) + MAX_OVERLAP));
		this.#canvas.style.width = `${(pitch * size.columns) / devicePixelRatio}px`;
		this.#canvas.style.aspectRatio = `${size.columns} / ${size.rows}`;
		if (pitch === this.#pitch && size.columns === this.#size.columns && size.rows === this.#size.rows) return;
		this.#pitch = pitch;
		this.#size = size;
		const isInUse = this.#drawn !== '';
		this.release();
		if (isInUse) this.#prepare();
	}

	/** Gives back the memory of the picture, but for one dark pixel: a canvas without any cannot be read. The next `draw` begins anew. */
	release() {
		this.#canvas.width = this.#canvas.height = 1;
		this.#drawn = '';
		this.#strip = undefined;
		this.#pieces?.release();
		this.#pieces = undefined;
	}

	/** Gives the canvas its pixels, if it has none. */
	#prepare() {
		if (this.#canvas.width > 1) return;
		this.#canvas.width = this.#pitch * this.#size.columns;
		this.#canvas.height = this.#pitch * this.#size.rows;
	}

	/**
	 * Draws the sign as it looks at a moment, unless the canvas already shows that.
	 * @param {number} time ms since 1970
	 * @returns {number} when the picture changes next by itself, in ms since 1970; Infinity for never
	 */
	draw(time) {
		const sign = this.#sign;
		if (!this.#pitch) return Infinity;
		this.#prepare();
		const strip = sign?.power ? this.#stripOf(sign) : undefined;
		const isDarkNow = !sign || !strip || isDark(this.#isStill ? { ...sign, effect: 'static' } : sign, time);
		const column = strip && sign && !isDarkNow ? strip.position(sign, time) : 0;
		const look = [strip?.key, sign?.color, sign?.brightness, sign?.power].join();
		const picture = [look, isDarkNow, column].join();
		if (picture !== this.#drawn) {
			if (sign && strip?.scrolls && !isDarkNow) this.#piecesOf(strip, sign, look).draw(this.#context, column);
			else this.#paint(this.#context, isDarkNow ? undefined : strip, 0, sign);
		}
		this.#drawn = picture;
		return sign && !this.#isStill ? nextChange(sign, time, Boolean(strip?.scrolls)) : Infinity;
	}

	/** @param {VisibleFields} sign */
	#stripOf(sign) {
		const key = MessageStrip.key(sign, this.#size, this.#isStill);
		if (this.#strip?.key !== key) this.#strip = new MessageStrip(key, sign, this.#size, this.#isStill);
		return this.#strip;
	}

	/**
	 * @param {MessageStrip} strip
	 * @param {VisibleFields} sign
	 * @param {string} look identifies what the pieces show
	 */
	#piecesOf(strip, sign, look) {
		if (this.#pieces && this.#pieceKey === look) return this.#pieces;
		this.#pieceKey = look;
		return (this.#pieces = new Pieces(this.#size, this.#pitch, (context, column) =>
			this.#paint(context, strip, column, sign)
		));
	}

	/**
	 * @param {CanvasRenderingContext2D} context
	 * @param {MessageStrip | undefined} strip undefined: no dot is lit
	 * @param {number} column of the strip's picture at which the matrix begins
	 * @param {VisibleFields | undefined} sign
	 */
	#paint(context, strip, column, sign) {
		const { columns, rows } = this.#size;
		const width = columns + 2 * REACH;
		const unlit = { width, height: rows, light: new Uint8ClampedArray(width * rows) };
		paintDots(context, this.#pitch, strip?.part(column - REACH, width) ?? unlit, sign);
	}
}
