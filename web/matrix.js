/**
 * Draws one sign as an LED matrix on one canvas. The message becomes a strip with a pixel for each dot, once; a frame is
 * that strip, enlarged, under a mask with a round hole for each dot, and once more, blurred, as the glow. Asks no clock:
 * the moment is given. Where an effect stands then is in motion.js.
 */
import { lightOf } from './dots.js';
import { blankCanvas } from './elements.js';
import { isDark, nextChange } from './motion.js';
import { WALL } from './size.js';
import { Strip } from './strip.js';

/** @typedef {import('./strip.js').Shown} Shown */
/** @typedef {import('./size.js').Size} Size */

/** So much of a dot the matrix may be wider than its room: the housing has a rim, and a smaller pitch wastes more. */
const INTO_RIM = 0.06;
const HOUSING = '#0a0a0c';
/** A dot that is not lit, and one whose sign has no power. */
const UNLIT = '#28282e';
const OFF = '#1e1e22';
/** A dot's radius, as a part of the distance of two dots. */
const RADIUS = 0.41;
const GLOW = 0.55;

export class Matrix {
	/** @type {HTMLCanvasElement} */ #canvas;
	/** @type {CanvasRenderingContext2D} */ #context;
	/** @type {Size} */ #size = WALL;
	/** Pixels from one dot to the next. */
	#pitch = 0;
	/** @type {Shown | undefined} */ #sign;
	#isStill = false;
	/** @type {Strip | undefined} */ #strip;
	/** What was drawn last: the same again is not drawn. */
	#seen = '';

	/** @param {HTMLCanvasElement} canvas */
	constructor(canvas) {
		this.#canvas = canvas;
		this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
	}

	/** @param {Shown | undefined} sign undefined: no dot is lit */
	show(sign) {
		this.#sign = sign;
	}

	/** Whether a part of the text is not seen, because it must not move. */
	get isCut() {
		return Boolean(this.#strip?.isCut);
	}

	/** @param {boolean} isStill whether nothing may move */
	still(isStill) {
		this.#isStill = isStill;
	}

	/**
	 * @param {number} width that the matrix may take, in pixels of the screen
	 * @param {number} height in the same
	 * @param {Size} size in dots
	 */
	resize(width, height, size) {
		const pitch = Math.max(1, Math.floor(Math.min(width / size.columns, height / size.rows) + INTO_RIM));
		if (pitch === this.#pitch && size.columns === this.#size.columns && size.rows === this.#size.rows) return;
		this.#pitch = pitch;
		this.#size = size;
		this.#canvas.width = pitch * size.columns;
		this.#canvas.height = pitch * size.rows;
		this.#seen = '';
	}

	/**
	 * Draws the sign as it is at that moment, if it is not drawn so already.
	 * @param {number} time ms since 1970
	 * @returns {number} when the picture changes next by itself; Infinity when it does not
	 */
	draw(time) {
		const sign = this.#sign;
		if (!this.#pitch) return Infinity;
		const strip = sign?.power ? this.#stripOf(sign) : undefined;
		const isDarkNow = !sign || !strip || isDark(this.#isStill ? { ...sign, effect: 'static' } : sign, time);
		const x = strip && sign && !isDarkNow ? strip.position(sign, time) : 0;
		const picture = [strip?.number, sign?.brightness, sign?.power, isDarkNow, x].join();
		if (picture !== this.#seen) this.#paint(isDarkNow ? undefined : strip, x, sign);
		this.#seen = picture;
		return sign && !this.#isStill ? nextChange(sign, time, Boolean(strip?.scrolls)) : Infinity;
	}

	/** @param {Shown} sign */
	#stripOf(sign) {
		const wanted = Strip.key(sign, this.#size, this.#isStill);
		if (this.#strip?.key !== wanted) this.#strip = new Strip(wanted, sign, this.#size, this.#isStill);
		return this.#strip;
	}

	/**
	 * @param {Strip | undefined} strip undefined: no dot is lit
	 * @param {number} x the column of the matrix where it begins
	 * @param {Shown | undefined} sign
	 */
	#paint(strip, x, sign) {
		const context = this.#context;
		const { width, height } = this.#canvas;
		context.globalCompositeOperation = 'source-over';
		context.globalAlpha = 1;
		context.fillStyle = sign && !sign.power ? OFF : UNLIT;
		context.fillRect(0, 0, width, height);
		const light = lightOf(sign?.brightness ?? 0);
		// Light adds to what is there: a dot whose colour is black is one that is not lit.
		if (strip) this.#lay(strip, strip.dots, x, light);
		context.globalCompositeOperation = 'source-over';
		context.globalAlpha = 1;
		context.drawImage(maskOf(this.#size, this.#pitch), 0, 0);
		if (strip) this.#lay(strip, strip.glow, x, GLOW * light);
	}

	/**
	 * @param {Strip} strip
	 * @param {HTMLCanvasElement} image one pixel for each dot
	 * @param {number} x
	 * @param {number} light from 0 to 1
	 */
	#lay(strip, image, x, light) {
		const pitch = this.#pitch;
		this.#context.globalCompositeOperation = 'lighter';
		this.#context.globalAlpha = light;
		this.#context.imageSmoothingEnabled = image === strip.glow;
		for (const start of strip.scrolls ? [x, x - strip.length, x + strip.length] : [x]) {
			// only what is seen: enlarged, the whole strip can be wider than a canvas may be
			const from = Math.max(0, -start);
			const columns = Math.min(image.width, this.#size.columns - start) - from;
			if (columns <= 0) continue;
			const left = (start + from) * pitch;
			this.#context.drawImage(image, from, 0, columns, image.height, left, 0, columns * pitch, image.height * pitch);
		}
	}
}

/** The masks of the sizes in use: all signs of the wall share one. @type {Map<string, HTMLCanvasElement>} */
const masks = new Map();
const MOST_MASKS = 4;

/**
 * The housing, with a hole for each dot.
 * @param {Size} size
 * @param {number} pitch in pixels
 */
function maskOf({ columns, rows }, pitch) {
	const key = [columns, rows, pitch].join();
	let mask = masks.get(key);
	if (mask) return mask;
	if (masks.size >= MOST_MASKS) masks.clear();
	const [tile, hole] = blankCanvas(pitch, pitch);
	hole.fillStyle = HOUSING;
	hole.fillRect(0, 0, pitch, pitch);
	hole.globalCompositeOperation = 'destination-out';
	hole.arc(pitch / 2, pitch / 2, pitch * RADIUS, 0, 2 * Math.PI);
	hole.fill();
	const [canvas, context] = blankCanvas(columns * pitch, rows * pitch);
	context.fillStyle = /** @type {CanvasPattern} */ (context.createPattern(tile, 'repeat'));
	context.fillRect(0, 0, canvas.width, canvas.height);
	masks.set(key, (mask = canvas));
	return mask;
}
