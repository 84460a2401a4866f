/**
 * Whether a page can read what it has drawn on a canvas. Firefox with `privacy.resistFingerprinting` (Tor Browser,
 * LibreWolf) answers with noise, or with white. Then no text becomes dots.
 */
import { createCanvas } from './dom.js';

const SIZE = 32;
/** Some browsers change the lowest bits of a few pixels, which no dot shows. */
const TOLERANCE = 24;

/** Draws a bar and a letter that are known, and compares what is read. */
export function canReadCanvas() {
	const [, context] = createCanvas(SIZE, SIZE);
	context.fillStyle = '#fff';
	context.fillRect(0, 0, SIZE / 2, SIZE);
	context.font = `700 ${SIZE / 2}px sans-serif`;
	context.textAlign = 'center';
	context.fillText('I', SIZE * 0.75, SIZE * 0.75);
	const { data } = context.getImageData(0, 0, SIZE, SIZE);
	const opacity = (/** @type {number} */ x, /** @type {number} */ y) => data[(y * SIZE + x) * 4 + 3] ?? 0;
	let letter = 0;
	for (let y = 0; y < SIZE; y++)
		for (let x = 0; x < SIZE; x++) {
			if (x < SIZE / 2) {
				if (opacity(x, y) < 255 - TOLERANCE) return false;
			} else if (y < SIZE / 4 || y > SIZE * 0.8) {
				if (opacity(x, y) > TOLERANCE) return false;
			} else if (opacity(x, y) > 128) letter++;
		}
	return letter > 4;
}
