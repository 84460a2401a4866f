/**
 * From dots to colours: the colour of each dot, and of the housing around it, which a lit dot makes glow. Pure.
 *
 * Every colour is a mixture of the sign's colour and a grey. So its hue is that of the sign, and no channel exceeds the
 * sign's: nothing is added, and nothing clips.
 */

/** @typedef {import('./dots.js').Dots} Dots */
/** @typedef {[number, number, number]} Colour red, green and blue, each from 0 to 255 */

const CHANNELS = /** @type {const} */ ([0, 1, 2]);

/** @type {Colour} */
const HOUSING = [10, 10, 10];
/** The colour of a dot that is not lit. @type {Colour} */
const UNLIT = [42, 42, 42];
/** The colour of every dot while the power is off. @type {Colour} */
const OFF = [31, 31, 31];

/**
 * The glow of a lit dot on itself and its neighbours, in each direction: a Gaussian of one dot. A large bright area glows
 * with `GLOW` of its light.
 */
const KERNEL = [0.0545, 0.2442, 0.4026, 0.2442, 0.0545];
const GLOW = 0.5;
/** Dots that a dot's glow reaches, in each direction. */
export const REACH = 2;

/**
 * The light of a lit dot, as a share of its colour's full light. The lowest brightness is dim, not dark.
 * @param {number} brightness 0 to 15
 * @returns {number} from 0.3 to 1
 */
export const lightOf = (brightness) => 0.3 + (0.7 * brightness) / 15;

/**
 * @typedef {object} Colours one pixel per dot, RGBA, opaque
 * @property {number} width
 * @property {number} height
 * @property {Uint8ClampedArray<ArrayBuffer>} dots the colour of each dot
 * @property {Uint8ClampedArray<ArrayBuffer>} housing the colour of the housing behind each dot
 */

/**
 * @param {Dots} dots
 * @param {{ color: string, brightness: number, power: boolean } | undefined} sign undefined: no dot is lit
 * @returns {Colours}
 */
export function coloursOf({ width, height, light }, sign) {
	const colours = {
		width,
		height,
		dots: new Uint8ClampedArray(light.length * 4),
		housing: new Uint8ClampedArray(light.length * 4),
	};
	const unlit = sign && !sign.power ? OFF : UNLIT;
	const colour = parseColour(sign?.color ?? '#000000');
	// A colour that is darker than an unlit dot looks like one.
	const full = Math.max(...colour) > Math.max(...unlit) ? lightOf(sign?.brightness ?? 0) : 0;
	const glow = blur({ width, height, light });
	for (let dot = 0; dot < light.length; dot++) {
		const around = (full * GLOW * (glow[dot] ?? 0)) / 255;
		setMixture(colours.dots, dot, unlit, colour, Math.max((full * (light[dot] ?? 0)) / 255, around));
		setMixture(colours.housing, dot, HOUSING, colour, around);
	}
	return colours;
}

/** @param {string} color #rrggbb @returns {Colour} */
function parseColour(color) {
	const number = Number.parseInt(color.slice(1), 16);
	return [number >> 16, (number >> 8) & 255, number & 255];
}

/**
 * @param {Uint8ClampedArray} target RGBA
 * @param {number} pixel
 * @param {Colour} from
 * @param {Colour} to
 * @param {number} share of `to`, from 0 to 1
 */
function setMixture(target, pixel, from, to, share) {
	for (const channel of CHANNELS) target[pixel * 4 + channel] = from[channel] + share * (to[channel] - from[channel]);
	target[pixel * 4 + 3] = 255;
}

/** How much light arrives at each dot from it and its neighbours, from 0 to 255. @param {Dots} dots */
function blur({ width, height, light }) {
	const rows = new Float32Array(light.length);
	const both = new Float32Array(light.length);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const value = light[y * width + x];
			if (!value) continue;
			for (let step = -REACH; step <= REACH; step++)
				if (x + step >= 0 && x + step < width) add(rows, y * width + x + step, value, step);
		}
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const value = rows[y * width + x];
			if (!value) continue;
			for (let step = -REACH; step <= REACH; step++)
				if (y + step >= 0 && y + step < height) add(both, (y + step) * width + x, value, step);
		}
	return both;
}

/**
 * @param {Float32Array} sums
 * @param {number} dot
 * @param {number} value
 * @param {number} step from the dot that gives the light
 */
function add(sums, dot, value, step) {
	sums[dot] = (sums[dot] ?? 0) + value * (KERNEL[step + REACH] ?? 0);
}
