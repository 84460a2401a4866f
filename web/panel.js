/** What shows a sign in the place of a canvas: the dots of a matrix, or letters where the page cannot read a canvas. */
import { canReadCanvas } from './canvas-test.js';
import { byId } from './dom.js';
import { Matrix } from './matrix.js';

/** Few browsers need it: the others do not load it. */
const letters = canReadCanvas() ? undefined : await import('./letters.js');

/** @param {HTMLCanvasElement} canvas @returns {Matrix | import('./letters.js').Letters} */
export function createPanel(canvas) {
	if (!letters) return new Matrix(canvas);
	byId('no-dots').hidden = false;
	return new letters.Letters(canvas);
}
