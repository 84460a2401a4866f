/** The marks of a sign on the wall: the box that chooses it, and the words "Draft" and "New". */
import { query, setText } from '../dom.js';

/** In ms: how long a new sign is marked. */
const NEW_TIME = 10_000;

export class Marks {
	#selection;
	#rootOf;
	/** @type {Set<string>} */ #drafts = new Set();
	/** @type {Set<string>} */ #new = new Set();
	/** The signs whose boxes are ticked. @type {Set<string>} */ #chosen = new Set();

	/**
	 * @param {import('../selection.js').Selection} selection
	 * @param {(id: string) => Element | undefined} rootOf
	 */
	constructor(selection, rootOf) {
		this.#selection = selection;
		this.#rootOf = rootOf;
		selection.onChange(() => this.#updateChosen());
	}

	/** Adds the box and the place for the words to the contents of a sign. @param {HTMLElement} root @param {string} id */
	decorate(root, id) {
		const label = document.createElement('label');
		const box = document.createElement('input');
		const words = document.createElement('span');
		label.className = 'choose';
		box.type = 'checkbox';
		box.ariaLabel = `Choose ${id}`;
		words.className = 'mark';
		label.append(box);
		const title = query(root, 'h2', HTMLElement);
		title.before(label);
		title.after(words);
		this.#mark(root, id);
	}

	/** @param {string} id @param {boolean} isDraft */
	setDraft(id, isDraft) {
		if (isDraft) this.#drafts.add(id);
		else this.#drafts.delete(id);
		this.#update(id);
	}

	/** Marks a sign as new for some seconds. @param {string} id */
	setNew(id) {
		this.#new.add(id);
		this.#update(id);
		setTimeout(() => {
			this.#new.delete(id);
			this.#update(id);
		}, NEW_TIME);
	}

	#updateChosen() {
		const before = this.#chosen;
		this.#chosen = new Set(this.#selection.ids);
		for (const id of before) if (!this.#chosen.has(id)) this.#update(id);
		for (const id of this.#chosen) if (!before.has(id)) this.#update(id);
	}

	/** @param {string} id */
	#update(id) {
		const root = this.#rootOf(id);
		if (root) this.#mark(root, id);
	}

	/** @param {Element} root @param {string} id */
	#mark(root, id) {
		const box = root.querySelector('.choose input');
		if (!(box instanceof HTMLInputElement)) return; // a stub
		const [isDraft, isNew] = [this.#drafts.has(id), this.#new.has(id)];
		box.checked = this.#selection.has(id);
		root.toggleAttribute('data-chosen', box.checked);
		root.toggleAttribute('data-draft', isDraft);
		root.toggleAttribute('data-new', isNew);
		setText(query(root, '.mark', HTMLElement), [isNew && 'New', isDraft && 'Draft'].filter(Boolean).join(' · '));
	}
}
