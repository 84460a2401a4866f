/** One sign on the compact wall: a line in letters, without a canvas. It has the members of `Article`. */
import { cloneTemplate, loadStyle, query, setAttribute, setText } from '../dom.js';
import { loadParts } from '../load-parts.js';
import { asShown, darknessOf, statusText } from './status-text.js';

await loadStyle(new URL('line.css', import.meta.url));
await loadParts(new URL('line.html', import.meta.url));

export class Line {
	root = cloneTemplate('line');
	#location = query(this.root, '.location', HTMLElement);
	#darkness = query(this.root, '.darkness', HTMLElement);
	#message = query(this.root, '.whole', HTMLElement);
	#presence = query(this.root, '.presence', HTMLElement);
	#showing = query(this.root, '.showing', HTMLElement);

	/**
	 * @param {string} id
	 * @param {() => void} onEdit
	 */
	constructor(id, onEdit) {
		const button = query(this.root, '.change', HTMLButtonElement);
		setText(query(this.root, 'h2', HTMLElement), id);
		setAttribute(this.root, 'data-id', id);
		setAttribute(this.root, 'aria-label', id);
		const link = query(this.root, '.screen', HTMLElement);
		setAttribute(link, 'href', `/?sign=${encodeURIComponent(id)}`);
		setAttribute(link, 'aria-label', `Open ${id} as a screen`);
		setAttribute(button, 'aria-label', `Change ${id}`);
		button.addEventListener('click', onEdit);
	}

	/**
	 * @param {import('../signs.js').SignRow} row
	 * @param {import('../connection.js').State | undefined} state
	 */
	update(row, state) {
		const { presence, showing } = statusText(row, state);
		setText(this.#location, row.location);
		const shown = asShown(row);
		const darkness = darknessOf(shown);
		setAttribute(this.root, 'data-darkness', darkness.toLowerCase());
		setText(this.#darkness, darkness);
		setText(this.#message, shown.message);
		setText(this.#presence, presence);
		setAttribute(this.#presence, 'data-is', presence.toLowerCase());
		setText(this.#showing, showing);
		setAttribute(this.#showing, 'data-is', showing.toLowerCase());
	}

	remove() {
		this.root.remove();
	}
}
