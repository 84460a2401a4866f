/**
 * Draws one sign as an LED matrix on one canvas, for a given moment. The message is rasterised once, as a strip with one
 * pixel per dot. Each frame draws that strip enlarged, then a mask with a round hole per dot, then the blurred strip as
 * the glow.
 */
import { lightOf } from './dots.js';
import { createCanvas } from './dom.js';
import { WALL_SIZE } from './matrix-size.js';
import { MessageStrip } from './message-strip.js';
import { isDark, nextChange } from './motion.js';

/** @typedef {import('./message-strip.js').VisibleFields} VisibleFields */
/** @typedef {import('./matrix-size.js').Size} Size */

/** In pixels per dot. The matrix may overlap the rim of its housing by this much, so that rounding down wastes less space. */
const MAX_OVERLAP = 0.06;
const HOUSING = '#0a0a0c';
/** The colour of a dot that is not lit. */
const UNLIT = '#28282e';
/** The colour of every dot while the power is off. */
const OFF = '#1e1e22';
/** A dot's radius, in pitches. */
const RADIUS = 0.41;
/** Opacity of the glow, from 0 to 1. */
const GLOW = 0.55;

export class Matrix {
	/** @type {HTMLCanvasElement} */ #canvas;
	/** @type {CanvasRenderingContext2D} */ #context;
	/** @type {Size} */ #size = WALL_SIZE;
	/** Pixels from one dot to the next. */
	#pitch = 0;
	/** @type {VisibleFields | undefined} */ #sign;
	#isStill = false;
	/** @type {MessageStrip | undefined} */ #strip;
	/** Identifies the picture on the canvas, so that it is not drawn again. */
	#drawn = '';

	/** @param {HTMLCanvasElement} canvas */
	constructor(canvas) {
		this.#canvas = canvas;
		this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
	}

	/** @param {VisibleFields | undefined} sign undefined: no dot is lit */
	show(sign) {
		this.#sign = sign;
	}

	/** Whether the matrix shows only the beginning of the message, because the text must not move. */
	get isCut() {
		return Boolean(this.#strip?.isCut);
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
		if (pitch === this.#pitch && size.columns === this.#size.columns && size.rows === this.#size.rows) return;
		this.#pitch = pitch;
		this.#size = size;
		this.#canvas.width = pitch * size.columns;
		this.#canvas.height = pitch * size.rows;
		this.#drawn = '';
	}

	/**
	 * Draws the sign as it looks at a moment, unless the canvas already shows that.
	 * @param {number} time ms since 1970
	 * @returns {number} when the picture changes next by itself, in ms since 1970; Infinity for never
	 */
	draw(time) {
		const sign = this.#sign;
		if (!this.#pitch) return Infinity;
		const strip = sign?.power ? this.#stripOf(sign) : undefined;
		const isDarkNow = !sign || !strip || isDark(this.#isStill ? { ...sign, effect: 'static' } : sign, time);
		const x = strip && sign && !isDarkNow ? strip.position(sign, time) : 0;
		const picture = [strip?.serial, sign?.brightness, sign?.power, isDarkNow, x].join();
		if (picture !== this.#drawn) this.#paint(isDarkNow ? undefined : strip, x, sign);
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
	 * @param {MessageStrip | undefined} strip undefined: no dot is lit
	 * @param {number} x the column of the matrix at which the strip begins
	 * @param {VisibleFields | undefined} sign
	 */
	#paint(strip, x, sign) {
		const context = this.#context;
		const { width, height } = this.#canvas;
		context.globalCompositeOperation = 'source-over';
		context.globalAlpha = 1;
		context.fillStyle = sign && !sign.power ? OFF : UNLIT;
		context.fillRect(0, 0, width, height);
		const light = lightOf(sign?.brightness ?? 0);
		// Light is added to the background, so that a dot whose colour is black looks unlit.
		if (strip) this.#addLight(strip, strip.dots, x, light);
		context.globalCompositeOperation = 'source-over';
		context.globalAlpha = 1;
		context.drawImage(maskOf(this.#size, this.#pitch), 0, 0);
		if (strip) this.#addLight(strip, strip.glow, x, GLOW * light);
	}

	/**
	 * @param {MessageStrip} strip
	 * @param {HTMLCanvasElement} image one pixel per dot
	 * @param {number} x the column of the matrix at which the image begins
	 * @param {number} light from 0 to 1
	 */
	#addLight(strip, image, x, light) {
		const pitch = this.#pitch;
		this.#context.globalCompositeOperation = 'lighter';
		this.#context.globalAlpha = light;
		this.#context.imageSmoothingEnabled = image === strip.glow;
		for (const start of strip.scrolls ? [x, x - strip.length, x + strip.length] : [x]) {
			// Only the visible part: the whole strip, enlarged, can exceed the browser's limit for a canvas.
			const from = Math.max(0, -start);
			const columns = Math.min(image.width, this.#size.columns - start) - from;
			if (columns <= 0) continue;
			const left = (start + from) * pitch;
			this.#context.drawImage(image, from, 0, columns, image.height, left, 0, columns * pitch, image.height * pitch);
		}
	}
}

/** By size and pitch: all signs on the wall share one mask. @type {Map<string, HTMLCanvasElement>} */
const masks = new Map();
const MAX_MASKS = 4;

/**
 * The housing, with a round hole for each dot.
 * @param {Size} size
 * @param {number} pitch in pixels
 */
function maskOf({ columns, rows }, pitch) {
	const key = [columns, rows, pitch].join();
	let mask = masks.get(key);
	if (mask) return mask;
	if (masks.size >= MAX_MASKS) masks.clear();
	const [tile, hole] = createCanvas(pitch, pitch);
	hole.fillStyle = HOUSING;
	hole.fillRect(0, 0, pitch, pitch);
	hole.globalCompositeOperation = 'destination-out';
	hole.arc(pitch / 2, pitch / 2, pitch * RADIUS, 0, 2 * Math.PI);
	hole.fill();
	const [canvas, context] = createCanvas(columns * pitch, rows * pitch);
	context.fillStyle = /** @type {CanvasPattern} */ (context.createPattern(tile, 'repeat'));
	context.fillRect(0, 0, canvas.width, canvas.height);
	masks.set(key, (mask = canvas));
	return mask;
}
