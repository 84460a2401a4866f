/**
 * Places the signs that pass the filter, in order, and gives them contents: all of them, or of many signs those near the
 * view. What changes is collected, and shown in the next animation frame.
 */
import { Entries } from './entries.js';
import { isCompact, MAX_MATRICES } from './filter.js';
import { Groups } from './groups.js';
import { nearView } from './near-view.js';
import { SignList } from './sign-list.js';

/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {import('./filter.js').Filter} Filter */

export class Display {
	#entries;
	#onShown;
	#groups = new Groups((id) => this.#entries.root(id));
	/** Rows that are not shown yet; undefined: removed. @type {Map<string, SignRow | undefined>} */ #changes = new Map();
	#frame = 0;
	#isFilterNew = true;
	/** Whether other signs may have come near the view. */
	#hasMoved = true;
	/** Whether all signs have arrived once: before that, their number is not known. */
	#isComplete = false;
	#areMany = false;
	isCompact = false;
	list = new SignList({
		insert: (item, next) => {
			this.#groups.insert(item, next);
			this.#hasMoved = true;
		},
		remove: (item) => {
			this.#groups.remove(item);
			this.#hasMoved = true;
		},
	});

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {(id: string) => void} onEdit
	 * @param {Filter} filter
	 * @param {(removed: string[]) => void} onShown called after each time that something changed
	 */
	constructor(signs, onEdit, filter, onShown) {
		this.#entries = new Entries(signs, onEdit, () => this.#move());
		this.filter = filter;
		this.#onShown = onShown;
		signs.onChange((id, row) => {
			this.#changes.set(id, row);
			this.schedule();
		});
		for (const name of ['scroll', 'resize']) addEventListener(name, () => this.#move(), { passive: true });
	}

	/** @param {import('../connection.js').State} state of the connection */
	setState(state) {
		this.#entries.state = state;
		if (state.status === 'Live') this.#isComplete = true;
		this.#hasMoved = true;
		this.flush();
		this.#entries.updateAll();
	}

	/** @param {Filter} filter */
	setFilter(filter) {
		this.filter = filter;
		this.#isFilterNew = true;
		this.schedule();
	}

	/** @param {(root: HTMLElement, id: string) => void} decorate adds to the contents of a sign what does not depend on its row */
	set decorate(decorate) {
		this.#entries.decorate = decorate;
	}

	/** The ids of the signs that pass the filter, in order. */
	shownIds() {
		this.flush();
		return this.list.shown.map(({ id }) => id);
	}

	updateAll() {
		this.#entries.updateAll();
	}

	/** @param {string} id @returns {HTMLElement | undefined} the element of a sign that is shown, with its contents */
	reach(id) {
		this.flush();
		this.#entries.fill(id);
		return this.root(id);
	}

	/** @param {string} id */
	root(id) {
		const root = this.list.has(id) ? this.#entries.root(id) : undefined;
		return root?.isConnected ? root : undefined;
	}

	#move() {
		this.#hasMoved = true;
		this.schedule();
	}

	schedule() {
		this.#frame ||= requestAnimationFrame(() => this.flush());
	}

	/** Shows now what has changed. */
	flush() {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		const removed = this.#applyChanges();
		if (this.#isFilterNew) this.list.setFilter(this.filter);
		const layout = this.#layout();
		if (this.#isFilterNew || layout.isCompact !== this.isCompact || layout.areMany !== this.#areMany)
			this.#placeAll(layout);
		if (this.#hasMoved) this.#fill();
		this.#onShown(removed);
	}

	/** @returns the ids of the removed signs */
	#applyChanges() {
		const changes = [...this.#changes];
		this.#changes.clear();
		for (const [id, row] of changes) {
			this.list.set(id, row);
			if (row) this.#entries.update(id);
			else this.#entries.remove(id);
		}
		return changes.filter(([, row]) => !row).map(([id]) => id);
	}

	/** @returns {import('./groups.js').Layout} */
	#layout() {
		const { length } = this.list.shown;
		const { isGrouped } = this.filter;
		return { isGrouped, isCompact: isCompact(this.filter, length), areMany: length > MAX_MATRICES };
	}

	/** @param {import('./groups.js').Layout} layout */
	#placeAll(layout) {
		this.#isFilterNew = false;
		this.isCompact = layout.isCompact;
		this.#areMany = layout.areMany;
		this.#entries.setCompact(layout.isCompact);
		this.#groups.show(this.list.shown, layout);
		this.#hasMoved = true;
	}

	#fill() {
		this.#hasMoved = false;
		const { shown } = this.list;
		const near = this.#areMany || !this.#isComplete ? nearView(shown, ({ id }) => this.#entries.root(id)) : shown;
		const kept = new Set(near.map(({ id }) => id));
		for (const id of this.#entries.filled) if (!kept.has(id)) this.#entries.empty(id);
		for (const id of kept) this.#entries.fill(id);
	}
}
