/** How many dots a sign's matrix has. Pure. */

/** @typedef {{ columns: number, rows: number }} Size in dots */

/** Each sign on the wall. @type {Size} */
export const WALL_SIZE = { columns: 88, rows: 16 };

/** Dots on the shorter side of a full-screen sign, about: enough for four lines of text. */
const SHORT_SIDE = 72;
/** In pixels of the screen. On a small screen the matrix has fewer dots, not smaller ones. */
const MIN_PITCH = 3;

/**
 * The matrix of a sign that fills a screen, in the screen's shape.
 * @param {number} width in pixels of the screen
 * @param {number} height in pixels of the screen
 * @returns {Size}
 */
export function screenSize(width, height) {
	const pitch = Math.max(MIN_PITCH, Math.floor(Math.min(width, height) / SHORT_SIDE));
	return { columns: Math.max(1, Math.floor(width / pitch)), rows: Math.max(1, Math.floor(height / pitch)) };
}
