/** A sign in dots, of the size that it has on the wall: the element that contains the canvas limits its width. */
import { addPicture, redraw, removePicture } from './draw-schedule.js';
import { WALL_SIZE } from './matrix-size.js';
import { createPanel } from './panel.js';
import { isMotionReduced } from './reduced-motion.js';

export class WallPicture {
	#container;
	#panel;
	#picture;

	/** @param {HTMLElement} container @param {HTMLCanvasElement} canvas in the container */
	constructor(container, canvas) {
		const panel = createPanel(canvas);
		this.#container = container;
		this.#panel = panel;
		this.#picture = {
			draw: (/** @type {number} */ time) => panel.draw(time),
			resize: (/** @type {number} */ width, /** @type {number} */ height) => panel.resize(width, height, WALL_SIZE),
			release: () => panel.release(),
		};
		container.style.aspectRatio = `${WALL_SIZE.columns} / ${WALL_SIZE.rows}`;
		addPicture(container, this.#picture);
	}

	/** @param {import('./signs.js').SignRow} row */
	show(row) {
		this.#panel.show(row);
		this.updateMotion();
	}

	/** Call it when a person stops or resumes the motion. */
	updateMotion() {
		this.#panel.setStill(isMotionReduced());
		redraw(this.#picture);
	}

	remove() {
		removePicture(this.#container);
	}
}
