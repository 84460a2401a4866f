/** Shows a sign in dots as it would look. It has a canvas only while it shows something. */
import { cloneTemplate, query, setAttribute, setText } from '../dom.js';
import { onMotionChange } from '../reduced-motion.js';
import { WallPicture } from '../wall-picture.js';
import { asShown, darknessOf } from '../wall/status-text.js';

/** @typedef {import('../signs.js').SignRow} SignRow */

export class Preview {
	root = cloneTemplate('preview');
	#room = query(this.root, '.room', HTMLElement);
	/** @type {{ canvas: HTMLCanvasElement, picture: WallPicture } | undefined} */
	#shown;

	constructor() {
		onMotionChange(() => this.#shown?.picture.updateMotion());
	}

	/**
	 * @param {SignRow} sign
	 * @param {string} caption
	 */
	show(sign, caption) {
		const row = asShown(sign);
		const { canvas, picture } = (this.#shown ??= this.#create());
		const words = [caption, darknessOf(row)].filter(Boolean).join(' · ');
		setText(query(this.root, 'figcaption', HTMLElement), words);
		setAttribute(canvas, 'aria-label', `${caption}: ${row.power ? row.message || 'empty' : 'dark'}`);
		picture.show(row);
	}

	hide() {
		this.#shown?.picture.remove();
		this.#shown = undefined;
		this.#room.replaceChildren();
	}

	#create() {
		const canvas = document.createElement('canvas');
		canvas.setAttribute('role', 'img');
		this.#room.append(canvas);
		return { canvas, picture: new WallPicture(this.#room, canvas) };
	}
}
