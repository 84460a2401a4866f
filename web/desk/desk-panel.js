/** The panel in which the desk stands: it opens and closes, and gives the focus back. */
import { byId } from '../dom.js';

export class DeskPanel {
	root = byId('desk');
	#onToggle;
	/** @type {Element | null} */
	#focusedBefore = null;

	/**
	 * @param {() => void} onToggle called after it has opened or closed
	 * @param {(element: Node) => boolean} discardAt Escape discards the draft at an element; false: there is none, it closes
	 */
	constructor(onToggle, discardAt) {
		this.#onToggle = onToggle;
		byId('desk-close').addEventListener('click', () => this.close());
		this.root.addEventListener('keydown', (event) => {
			if (event.key !== 'Escape') return;
			event.stopPropagation();
			if (!discardAt(/** @type {Node} */ (event.target))) this.close();
		});
	}

	get isOpen() {
		return !this.root.hidden;
	}

	open() {
		if (this.isOpen) return;
		this.#focusedBefore = document.activeElement;
		this.#show(true);
		byId('desk-close').focus();
	}

	close() {
		if (!this.isOpen) return;
		this.#show(false);
		if (this.#focusedBefore instanceof HTMLElement) this.#focusedBefore.focus();
	}

	/** @param {boolean} isOpen */
	#show(isOpen) {
		this.root.hidden = !isOpen;
		document.body.classList.toggle('desk-is-open', isOpen);
		this.#onToggle();
	}
}
