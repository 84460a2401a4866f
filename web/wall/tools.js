/**
 * What a person does on the wall: finds signs, chooses some, goes through them by the keyboard. The page loads it after it
 * has drawn the signs.
 */
import { byId, isDeskOffered } from '../dom.js';
import { Selection } from '../selection.js';
import { showInAddress } from './address.js';
import { setUpBar } from './bar.js';
import { setUpChoosing } from './choose.js';
import { ALL_SIGNS, readFilter } from './filter.js';
import { setUpKeyboard } from './keyboard.js';
import { LocationCounts } from './location-counts.js';
import { Marks } from './marks.js';
import { NoticeMarks } from './notice-marks.js';
import { Toolbar } from './toolbar.js';

/** @typedef {import('./filter.js').Filter} Filter */

export class Tools {
	#display;
	#toolbar;
	marks;
	selection = new Selection();

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {import('./display.js').Display} display
	 * @param {object} actions
	 * @param {(id: string) => void} actions.edit
	 * @param {(id: string) => void} actions.focus
	 */
	constructor(signs, display, { edit, focus }) {
		const { selection } = this;
		this.#display = display;
		this.#toolbar = new Toolbar(new LocationCounts(signs), (change) => this.setFilter(change));
		this.marks = new Marks(selection, (id) => display.root(id));
		const notices = new NoticeMarks(signs, (id) => display.root(id));
		display.decorate = (root, id) => {
			this.marks.decorate(root, id);
			notices.decorate(root, id);
		};
		setUpBar();
		setUpChoosing(byId('wall'), selection, () => display.shownIds());
		setUpKeyboard({
			shownIds: () => display.shownIds(),
			focus,
			edit,
			toggle: (id) => isDeskOffered() && selection.toggle(id),
			clear: () => this.setFilter(display.filter.search ? { search: '' } : ALL_SIGNS),
		});
		selection.onChange(() => this.#toolbar.updateChosen(selection.size));
		byId('choose-all').addEventListener('click', () => selection.set(display.shownIds()));
		byId('choose-none').addEventListener('click', () => selection.set([]));
		addEventListener('popstate', () => display.setFilter(readFilter(location.search)));
	}

	/** @param {Partial<Filter>} change */
	setFilter(change) {
		const filter = { ...this.#display.filter, ...change };
		this.#display.setFilter(filter);
		showInAddress(filter);
	}

	/** @param {boolean} isLost whether the connection is lost */
	update(isLost) {
		const { list, filter, isCompact } = this.#display;
		this.#toolbar.update(list, filter, isCompact, isLost);
	}
}
