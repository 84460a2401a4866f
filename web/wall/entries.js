/**
 * The elements of the signs on the wall, one `<article>` each. A sign near the view has contents, those of `Article` or on
 * a compact wall of `Line`. Of many signs the others are stubs with a heading, so that memory does not grow with their number.
 */
import { cloneTemplate, query, setAttribute, setText } from '../dom.js';
import { Article } from './article.js';

/** @typedef {import('./line.js').Line} Line */

export class Entries {
	#signs;
	#onEdit;
	#onLoaded;
	/** What shows a sign; undefined while it is loaded. @type {(new (id: string, onEdit: () => void) => Article | Line) | undefined} */ #View =
		Article;
	#decorate = (/** @type {HTMLElement} */ _root, /** @type {string} */ _id) => {};
	/** @type {Map<string, HTMLElement>} */ #roots = new Map();
	/** Those with contents. @type {Map<string, Article | Line>} */ #views = new Map();
	#isCompact = false;
	/** State of the connection. @type {import('../connection.js').State | undefined} */ state;

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {(id: string) => void} onEdit
	 * @param {() => void} onLoaded called when signs can get their contents that could not before
	 */
	constructor(signs, onEdit, onLoaded) {
		this.#signs = signs;
		this.#onEdit = onEdit;
		this.#onLoaded = onLoaded;
	}

	/** @param {(root: HTMLElement, id: string) => void} decorate adds to contents what does not depend on the row */
	set decorate(decorate) {
		this.#decorate = decorate;
		for (const [id, { root }] of this.#views) decorate(root, id);
	}

	/** The ids of the signs that have contents. */
	get filled() {
		return [...this.#views.keys()];
	}

	/** @param {string} id @returns {HTMLElement} a stub when the sign has no element yet */
	root(id) {
		const root = this.#roots.get(id) ?? this.#createStub(id);
		this.#roots.set(id, root);
		return root;
	}

	/** Gives a sign its contents. @param {string} id */
	fill(id) {
		const row = this.#signs.get(id);
		if (!row || !this.#View || this.#views.has(id)) return;
		const view = new this.#View(id, () => this.#onEdit(id));
		view.root.tabIndex = -1;
		this.#decorate(view.root, id);
		view.update(row, this.state);
		this.#views.set(id, view);
		this.#roots.get(id)?.replaceWith(view.root);
		this.#roots.set(id, view.root);
	}

	/** Takes its contents from a sign that does not have the focus. @param {string} id */
	empty(id) {
		const view = this.#views.get(id);
		if (!view || view.root.contains(document.activeElement)) return;
		const stub = this.#createStub(id);
		const { offsetHeight } = view.root; // 0 when the filter hides it
		if (!this.#isCompact && offsetHeight) stub.style.minHeight = `${offsetHeight}px`;
		view.root.replaceWith(stub);
		view.remove();
		this.#views.delete(id);
		this.#roots.set(id, stub);
	}

	/** Shows the newest row. @param {string} id */
	update(id) {
		const row = this.#signs.get(id);
		if (row) this.#views.get(id)?.update(row, this.state);
	}

	updateAll() {
		for (const id of this.#views.keys()) this.update(id);
	}

	/** @param {string} id */
	remove(id) {
		this.#views.get(id)?.remove();
		this.#views.delete(id);
		this.#roots.get(id)?.remove();
		this.#roots.delete(id);
	}

	/** @param {boolean} isCompact */
	setCompact(isCompact) {
		if (isCompact === this.#isCompact) return;
		for (const id of this.#roots.keys()) this.remove(id);
		this.#isCompact = isCompact;
		this.#View = isCompact ? undefined : Article;
		if (isCompact) void this.#loadLine();
	}

	async #loadLine() {
		const { Line } = await import('./line.js');
		if (!this.#isCompact) return;
		this.#View = Line;
		this.#onLoaded();
	}

	/** @param {string} id */
	#createStub(id) {
		const stub = cloneTemplate('stub');
		stub.className = 'stub';
		setText(query(stub, 'h2', HTMLElement), id);
		setAttribute(stub, 'data-id', id);
		setAttribute(stub, 'aria-label', id);
		return stub;
	}
}
