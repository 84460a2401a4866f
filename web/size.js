/** How many dots a sign has. Pure. */

/** @typedef {{ columns: number, rows: number }} Size in dots */

/** Of a sign on the wall. @type {Size} */
export const WALL = { columns: 88, rows: 16 };

/** The shorter side of a screen that is a sign has about so many dots: four lines of text. */
const SCREEN = 72;
/** A dot is not smaller than this, in pixels of the screen: fewer dots then. */
const LEAST_PITCH = 3;

/**
 * Of a sign that fills a screen, in its shape.
 * @param {number} width in pixels of the screen
 * @param {number} height in the same
 * @returns {Size}
 */
export function screenSize(width, height) {
	const pitch = Math.max(LEAST_PITCH, Math.floor(Math.min(width, height) / SCREEN));
	return { columns: Math.max(1, Math.floor(width / pitch)), rows: Math.max(1, Math.floor(height / pitch)) };
}
