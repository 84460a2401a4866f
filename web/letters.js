/**
 * Shows a sign as letters, in the place of its matrix, where a page cannot read canvases (see `canReadCanvas`). It moves
 * and blinks by the same clock as the dots do elsewhere. It has the members of `Matrix`.
 */
import { breakLines } from './dots.js';
import { createCanvas, loadStyle, setText } from './dom.js';
import { isRightToLeft } from './draw-text.js';
import { lightOf } from './light.js';
import { WALL_SIZE } from './matrix-size.js';
import { isDark, nextChange, scrollOffset } from './motion.js';

await loadStyle(new URL('letters.css', import.meta.url));

/** @typedef {import('./message-strip.js').VisibleFields} VisibleFields */
/** @typedef {{ key: string, lines: string[], size: number, isTooWide: boolean }} Layout `size`: height of a line, in pixels of the page */

/** The font's size, in heights of a line. */
const FONT_SIZE = 0.8;
const FONT = 'system-ui, "Noto Sans", sans-serif';
/** In pixels of the page: a lower line is hard to read from afar. */
const MIN_LINE_HEIGHT = 18;
/** A line that moves is at most this many times lower than its place is wide. */
const MIN_WIDTH_TO_HEIGHT = 3.5;

export class Letters {
	#root = document.createElement('p');
	#text = document.createElement('span');
	/** @type {VisibleFields | undefined} */ #sign;
	#isStill = false;
	/** In pixels of the page. */
	#width = 0;
	#height = 0;
	/** @type {Layout | undefined} */ #layout;

	/** @param {HTMLCanvasElement} canvas whose place it takes; the canvas keeps the message for screen readers */
	constructor(canvas) {
		this.#root.className = 'letters';
		this.#root.ariaHidden = 'true';
		this.#root.append(this.#text);
		canvas.classList.add('unreadable');
		canvas.after(this.#root);
	}

	/** @param {VisibleFields | undefined} sign undefined: nothing is shown */
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
	 */
	resize(width, height) {
		this.#width = width / devicePixelRatio;
		this.#height = height / devicePixelRatio;
	}

	/** Letters need no memory for drawing. */
	release() {}

	/**
	 * @param {number} time ms since 1970
	 * @returns {number} when the picture changes next by itself, in ms since 1970; Infinity for never
	 */
	draw(time) {
		const sign = this.#sign;
		if (!sign?.power || !this.#width) {
			setText(this.#text, '');
			return Infinity;
		}
		const scrolls = !this.#isStill && sign.effect === 'scroll';
		const { lines, size, isTooWide } = this.#layoutOf(sign.message, scrolls);
		const moves = scrolls || (isTooWide && !this.#isStill);
		setText(this.#text, lines.join('\n'));
		this.#root.dir = isRightToLeft(sign.message) ? 'rtl' : 'ltr';
		this.#root.dataset.isWide = String(moves || isTooWide);
		Object.assign(this.#text.style, {
			font: fontOf(size),
			color: `color-mix(in srgb, ${sign.color} ${100 * lightOf(sign.brightness)}%, #2a2a2a)`,
			visibility: isDark(this.#isStill ? { ...sign, effect: 'static' } : sign, time) ? 'hidden' : 'visible',
			translate: moves ? `${this.#left(sign, time)}px` : 'none',
		});
		return this.#isStill ? Infinity : nextChange(sign, time, moves);
	}

	/**
	 * The text as large as its place allows: in one line when it moves, and when it does not fit in several.
	 * @param {string} message
	 * @param {boolean} scrolls whether the text moves even if it fits
	 * @returns {Layout}
	 */
	#layoutOf(message, scrolls) {
		const key = [this.#width, this.#height, scrolls, message].join();
		if (this.#layout?.key === key) return this.#layout;
		const [width, height] = [Math.floor(this.#width), Math.floor(this.#height)];
		const fitting = scrolls ? undefined : breakLines(message, width, height, widthOf, MIN_LINE_HEIGHT);
		const size = Math.max(Math.min(height, Math.floor(width / MIN_WIDTH_TO_HEIGHT)), MIN_LINE_HEIGHT);
		return (this.#layout = fitting
			? { key, ...fitting, isTooWide: false }
			: { key, lines: [message], size, isTooWide: widthOf(message, size) > width });
	}

	/**
	 * How far a moving text is from its beginning's side: it comes in at one side, and goes out at the other.
	 * @param {VisibleFields} sign
	 * @param {number} time ms since 1970
	 * @returns {number} in pixels of the page
	 */
	#left(sign, time) {
		const dot = this.#width / WALL_SIZE.columns;
		const { lines, size } = /** @type {Layout} */ (this.#layout);
		const length = Math.ceil((this.#width + widthOf(lines.join(), size)) / dot);
		const left = this.#width - scrollOffset(sign, time, length) * dot;
		return isRightToLeft(sign.message) ? -left : left;
	}
}

const [, context] = createCanvas(1, 1);

/** @param {number} size height of a line, in pixels */
const fontOf = (size) => `700 ${size * FONT_SIZE}px / ${size}px ${FONT}`;

/**
 * @param {string} text
 * @param {number} size height of a line, in pixels
 */
function widthOf(text, size) {
	context.font = fontOf(size);
	return context.measureText(text).width;
}
