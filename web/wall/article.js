/** One sign on the wall of matrices: its matrix, and what the page knows of it. */
import { cloneTemplate, query, setAttribute, setText } from '../dom.js';
import { WallPicture } from '../wall-picture.js';
import { asShown, darknessOf, formatTime, lookOf, pictureName, statusText } from './status-text.js';

/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {import('../connection.js').State} State */

export class Article {
	root = cloneTemplate('sign');
	#canvas = query(this.root, 'canvas', HTMLCanvasElement);
	#picture = new WallPicture(this.#find('.room'), this.#canvas);

	/**
	 * @param {string} id
	 * @param {() => void} onEdit
	 */
	constructor(id, onEdit) {
		setAttribute(this.root, 'data-id', id);
		this.#name(id);
		this.#find('.change').addEventListener('click', onEdit);
	}

	/**
	 * @param {SignRow} row
	 * @param {State | undefined} state
	 */
	update(row, state) {
		const shown = asShown(row);
		this.#updateText(shown);
		this.#updateStatus(row, state);
		this.#updateTime(row.changedAt);
		this.#picture.show(shown);
	}

	remove() {
		this.#picture.remove();
		this.root.remove();
	}

	/** @param {string} selector */
	#find(selector) {
		return query(this.root, selector, HTMLElement);
	}

	/** The names of the article and of what stands in it. @param {string} id */
	#name(id) {
		const title = this.#find('h2');
		title.id = `title-of-${id}`;
		setText(title, id);
		setAttribute(this.root, 'aria-labelledby', title.id);
		const link = this.#find('a');
		setAttribute(link, 'href', `/?sign=${encodeURIComponent(id)}`);
		setAttribute(link, 'aria-label', `Open ${id} as a screen`);
		setAttribute(this.#find('.change'), 'aria-label', `Change ${id}`);
	}

	/** The whole text below the matrix: at most twelve letters of it fit into the dots at once. @param {SignRow} row */
	#updateText(row) {
		const darkness = darknessOf(row);
		setAttribute(this.#canvas, 'aria-label', pictureName(row));
		setAttribute(this.root, 'data-darkness', darkness.toLowerCase());
		setText(this.#find('.darkness'), darkness);
		const whole = this.#find('.whole');
		setText(whole, row.message);
		// A screen reader does not read it twice: the picture of a lit sign has the message as its name.
		setAttribute(whole, 'aria-hidden', String(row.power));
		setText(this.#find('.location'), row.location);
	}

	/**
	 * @param {SignRow} row
	 * @param {State | undefined} state
	 */
	#updateStatus(row, state) {
		for (const [name, text] of Object.entries(statusText(row, state))) {
			setText(this.#find(`.${name}`), text);
			setAttribute(this.#find(`.${name}`), 'data-is', text.toLowerCase());
		}
		const { look, words } = lookOf(row, state);
		setAttribute(this.root, 'data-look', look);
		setText(this.#find('.look'), words);
	}

	/** @param {string} [changedAt] undefined: the server does not know it */
	#updateTime(changedAt) {
		this.#find('.changed').hidden = !changedAt;
		if (!changedAt) return;
		const time = query(this.root, 'time', HTMLTimeElement);
		setAttribute(time, 'datetime', changedAt);
		setText(time, formatTime(changedAt));
	}
}
