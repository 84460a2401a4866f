/** The toolbar of the wall: search, filters with their counts, grouping, compact view, and how many signs are shown and chosen. */
import { byId, query, setAttribute, setText } from '../dom.js';
import { ALL_SIGNS, NO_FILTER } from './filter.js';
import { LocationFilter } from './location-filter.js';
import { signCount } from './status-text.js';

/** @typedef {import('./filter.js').Filter} Filter */

/** In ms: how long a person must pause before a screen reader reads how many signs are found. */
const PAUSE = 800;

export class Toolbar {
	#root = /** @type {HTMLFieldSetElement} */ (byId('tools'));
	#search = /** @type {HTMLInputElement} */ (byId('search'));
	#locations;
	#buttons = [...this.#root.querySelectorAll('button[data-show]')];
	#filter = NO_FILTER;
	#isCompact = false;
	#timer = 0;

	/**
	 * @param {import('./location-counts.js').LocationCounts} locations
	 * @param {(change: Partial<Filter>) => void} onChange called when a person changes the filter
	 */
	constructor(locations, onChange) {
		const change = (/** @type {Partial<Filter>} */ filter) => {
			onChange(filter);
			clearTimeout(this.#timer);
			this.#timer = window.setTimeout(() => setText(byId('found'), byId('shown-count').textContent ?? ''), PAUSE);
		};
		this.#search.addEventListener('input', () => change({ search: this.#search.value }));
		this.#locations = new LocationFilter(locations, (location) => change({ location }));
		for (const button of this.#buttons) {
			const show = /** @type {import('./filter.js').Show} */ (button.getAttribute('data-show'));
			button.addEventListener('click', () => change({ show }));
		}
		byId('group').addEventListener('click', () => change({ isGrouped: !this.#filter.isGrouped }));
		byId('compact').addEventListener('click', () => change({ view: this.#isCompact ? 'matrix' : 'compact' }));
		query(byId('nothing'), 'button', HTMLElement).addEventListener('click', () => {
			change(ALL_SIGNS);
			this.#search.focus();
		});
		this.#root.disabled = false;
	}

	/**
	 * @param {import('./sign-list.js').SignList} list
	 * @param {Filter} filter
	 * @param {boolean} isCompact
	 * @param {boolean} isLost whether the connection is lost
	 */
	update(list, filter, isCompact, isLost) {
		this.#filter = filter;
		this.#isCompact = isCompact;
		if (this.#search.value !== filter.search) this.#search.value = filter.search;
		this.#locations.update(filter.location);
		for (const button of this.#buttons) {
			const show = /** @type {import('./filter.js').Show} */ (button.getAttribute('data-show'));
			setAttribute(button, 'aria-pressed', String(filter.show === show));
			// Without a connection the page does not know which signs are offline now.
			const isKnown = !isLost || show === '' || show === 'refused';
			setText(query(button, 'span', HTMLElement), isKnown ? String(list.counts[show || 'all']) : 'not known');
		}
		setAttribute(byId('group'), 'aria-pressed', String(filter.isGrouped));
		setAttribute(byId('compact'), 'aria-pressed', String(isCompact));
		const [shown, total] = [list.shown.length, list.size];
		const asKnown = isLost ? ', by what was known last' : '';
		setText(byId('shown-count'), total ? `Showing ${shown} of ${signCount(total)}${asKnown}` : '');
		byId('nothing').hidden = shown > 0 || total === 0;
	}

	/** @param {number} count of chosen signs */
	updateChosen(count) {
		setText(byId('chosen-count'), count ? `${count} chosen` : '');
		byId('choose-none').hidden = !count;
	}
}
