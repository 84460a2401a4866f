/**
 * The state of the effects scroll and blink at a moment. It depends only on the clock and the sign, so that all screens
 * show the same picture of a sign at the same time. Pure; the page and the reference device use it.
 */

/** In ms: one blink, half of it lit, half of it dark. */
const BLINK_PERIOD = 1_000;

/**
 * How far a scrolling text has moved.
 * @param {{ speed: number, revision: number }} sign `speed` in dots per second; `revision` shifts the start
 * @param {number} time ms since 1970
 * @param {number} length the picture repeats after this many dots; at least 1
 * @returns {number} whole dots, from 0 to `length` - 1
 */
export function scrollOffset({ speed, revision }, time, length) {
	return Math.floor((time / 1000) * speed + revision) % length;
}

/**
 * Whether no dot is lit: the power is off, or the sign is in the dark half of a blink.
 * @param {{ power: boolean, effect: string }} sign
 * @param {number} time ms since 1970
 */
export function isDark({ power, effect }, time) {
	return !power || (effect === 'blink' && time % BLINK_PERIOD >= BLINK_PERIOD / 2);
}

/**
 * When the picture changes next by itself.
 * @param {{ power: boolean, effect: string, speed: number, revision: number }} sign
 * @param {number} time ms since 1970
 * @param {boolean} scrolls whether the text moves
 * @returns {number} ms since 1970; Infinity for never
 */
export function nextChange(sign, time, scrolls) {
	if (!sign.power) return Infinity;
	const blink = sign.effect === 'blink' ? (Math.floor(time / (BLINK_PERIOD / 2)) + 1) * (BLINK_PERIOD / 2) : Infinity;
	const dots = Math.floor((time / 1000) * sign.speed + sign.revision) + 1;
	const scroll = scrolls ? ((dots - sign.revision) / sign.speed) * 1000 : Infinity;
	return Math.min(blink, scroll);
}
