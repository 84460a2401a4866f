/**
 * Where an effect stands at a moment. Computed from the clock and the sign alone, so that every screen that shows a sign
 * shows the same picture at the same time. Pure; the page and the devices move their dots by it.
 */

/** Of each blink, in ms: half of it lit, half of it dark. */
const BLINK = 1_000;

/**
 * How far a text has moved to the left.
 * @param {{ speed: number, revision: number }} sign `speed` in dots per second; `revision` shifts the start
 * @param {number} time ms since 1970
 * @param {number} length after how many dots the picture repeats itself; at least 1
 * @returns {number} whole dots, from 0 to `length` - 1
 */
export function scrolled({ speed, revision }, time, length) {
	return Math.floor((time / 1000) * speed + revision) % length;
}

/**
 * Whether no dot is lit at that moment: the power is off, or the sign is in the dark half of a blink.
 * @param {{ power: boolean, effect: string }} sign
 * @param {number} time ms since 1970
 */
export function isDark({ power, effect }, time) {
	return !power || (effect === 'blink' && time % BLINK >= BLINK / 2);
}

/**
 * When the picture changes next by itself.
 * @param {{ power: boolean, effect: string, speed: number, revision: number }} sign
 * @param {number} time ms since 1970
 * @param {boolean} scrolls whether its text moves
 * @returns {number} ms since 1970; Infinity when it stays as it is
 */
export function nextChange(sign, time, scrolls) {
	if (!sign.power) return Infinity;
	const blink = sign.effect === 'blink' ? (Math.floor(time / (BLINK / 2)) + 1) * (BLINK / 2) : Infinity;
	const dots = Math.floor((time / 1000) * sign.speed + sign.revision) + 1;
	const scroll = scrolls ? ((dots - sign.revision) / sign.speed) * 1000 : Infinity;
	return Math.min(blink, scroll);
}
