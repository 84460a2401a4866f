/** The wall of all signs, or of those that pass the filter. It shows the rows that the server sent last. */
import { afterDrawing } from './after-drawing.js';
import { isDeskOffered } from './dom.js';
import { onMotionChange } from './reduced-motion.js';
import { Display } from './wall/display.js';
import { ALL_SIGNS, readFilter } from './wall/filter.js';

/** @typedef {import('./connection.js').State} State */
/** @typedef {import('./wall/tools.js').Tools} Tools */

export class Wall {
	#signs;
	#onEdit;
	#display;
	/** State of the connection. @type {State | undefined} */ #state;
	/** Loaded after the signs are drawn. @type {Tools | undefined} */ #tools;
	/** @type {Promise<Tools>} */ #loading;
	/** Loaded when there is no sign to show. @type {((state: State | undefined, isEmpty: boolean) => void) | undefined} */ #showHints;
	#areHintsLoading = false;
	/** What the hints depend on. */ #hinted = '';
	#untilLoaded;

	/**
	 * @param {import('./signs.js').Signs} signs
	 * @param {(id: string) => void} onEdit called when a person opens a sign, which is then the only chosen one
	 * @param {<T>(load: () => Promise<T>) => Promise<T>} untilLoaded tries again while the server is gone
	 */
	constructor(signs, onEdit, untilLoaded) {
		this.#signs = signs;
		this.#onEdit = onEdit;
		this.#untilLoaded = untilLoaded;
		const edit = (/** @type {string} */ id) => this.#edit(id);
		this.#display = new Display(signs, edit, readFilter(location.search), (removed) => this.#updateRest(removed));
		onMotionChange(() => this.#display.updateAll());
		this.#loading = afterDrawing()
			.then(() => untilLoaded(() => import('./wall/tools.js')))
			.then(({ Tools }) => this.#addTools(Tools));
	}

	/** @param {typeof import('./wall/tools.js').Tools} Tools */
	#addTools(Tools) {
		const actions = { edit: this.#edit.bind(this), focus: this.#focus.bind(this) };
		this.#tools = new Tools(this.#signs, this.#display, actions);
		this.#updateRest([]);
		return this.#tools;
	}

	/** @param {State} state of the connection */
	update(state) {
		this.#state = state;
		this.#display.setState(state);
		this.#updateHints();
	}

	/** Which signs a person has chosen, once that is loaded. */
	get selection() {
		return this.#loading.then(({ selection }) => selection);
	}

	/** The ids of the signs that pass the filter, in order. */
	shownIds() {
		return this.#display.shownIds();
	}

	/** Scrolls a sign into view, and removes the filters that hide it. @param {string} id @param {boolean} [isNew] marks it for some seconds */
	reveal(id, isNew = false) {
		if (!this.#display.reach(id)) {
			this.#display.setFilter({ ...this.#display.filter, ...ALL_SIGNS });
			void this.#loading.then((tools) => tools.setFilter({}));
		}
		this.#display.reach(id)?.scrollIntoView({ block: 'nearest' });
		if (isNew) void this.#loading.then(({ marks }) => marks.setNew(id));
	}

	/** @param {string} id @param {boolean} isDraft whether it has a change that is not sent yet */
	setDraft(id, isDraft) {
		void this.#loading.then(({ marks }) => marks.setDraft(id, isDraft));
	}

	/** @param {string} id @param {boolean} isRefused whether its last change was refused */
	setRefused(id, isRefused) {
		this.#display.list.setRefused(id, isRefused);
		this.#display.schedule();
	}

	/** No last change counts as refused. */
	forgetRefused() {
		this.#display.list.forgetRefused();
		this.#display.schedule();
	}

	/** @param {string} id */
	#focus(id) {
		const root = this.#display.reach(id);
		root?.scrollIntoView({ block: 'nearest' });
		root?.focus({ preventScroll: true });
	}

	/** @param {string} id */
	#edit(id) {
		if (!isDeskOffered()) return this.#focus(id);
		this.#tools?.selection.set([id]);
		this.#onEdit(id);
	}

	/** Updates what depends on the signs that are shown. @param {string[]} removed */
	#updateRest(removed) {
		this.#tools?.update(this.#state?.status === 'Lost');
		const { selection } = this.#tools ?? {};
		const gone = new Set(removed.filter((id) => selection?.has(id)));
		if (gone.size) selection?.set(selection.ids.filter((id) => !gone.has(id)));
		this.#updateHints();
	}

	/** The hints that stand in place of the signs when there is none. */
	#updateHints() {
		const { status, account } = this.#state ?? {};
		const isEmpty = this.#signs.size === 0 && status === 'Live';
		const key = [isEmpty, status, account?.user].join();
		if (key === this.#hinted) return;
		this.#hinted = key;
		if (this.#showHints) this.#showHints(this.#state, isEmpty);
		else if ((isEmpty || status === 'Refused') && !this.#areHintsLoading) void this.#loadHints();
	}

	async #loadHints() {
		this.#areHintsLoading = true;
		const load = () => import('./wall/empty-hints.js').then(({ loadHints }) => loadHints());
		this.#showHints = await this.#untilLoaded(load);
		this.#hinted = '';
		this.#updateHints();
	}
}
