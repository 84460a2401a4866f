/**
 * The signs in order, those of them that pass the filter, and how many there are of each kind. A change of one sign costs
 * a search in the sorted lists, however many signs there are. Pure.
 */
import { isOfKind, itemOf, matcher, NO_FILTER } from './filter.js';
import { compare, compareLocations, insertSorted, removeSorted } from './order.js';

/** @typedef {import('./filter.js').Filter} Filter */
/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {import('./filter.js').Item} Item */
/** @typedef {{ all: number, offline: number, 'not-showing': number, refused: number }} Counts */

/** @returns {Counts} */
const noCounts = () => ({ 'all': 0, 'offline': 0, 'not-showing': 0, 'refused': 0 });

export class SignList {
	/** @type {Map<string, Item>} */ #items = new Map();
	/** All of them. @type {Item[]} */ #sorted = [];
	/** Those that pass the filter. @type {Item[]} */ #shown = [];
	/** @type {Set<string>} */ #refused = new Set();
	/** @type {Filter} */ #filter = NO_FILTER;
	#hasWords = matcher('');
	#listener;
	/** Of the signs that pass the search and the location. */
	counts = noCounts();

	/**
	 * @param {object} listener called when `shown` gets or loses one item; not when the filter changes
	 * @param {(item: Item, next: Item | undefined) => void} listener.insert before `next`, or at the end
	 * @param {(item: Item) => void} listener.remove
	 */
	constructor(listener) {
		this.#listener = listener;
	}

	/** The items that pass the filter, in order. @returns {readonly Item[]} */
	get shown() {
		return this.#shown;
	}

	get size() {
		return this.#items.size;
	}

	/** @param {string} id */
	has(id) {
		return this.#items.has(id);
	}

	/** @param {string} id @param {SignRow | undefined} row undefined removes the sign */
	set(id, row) {
		const before = this.#items.get(id);
		const item = row && itemOf(row, this.#refused.has(id));
		if (!row) this.#refused.delete(id);
		this.#replace(before, item);
	}

	/** @param {string} id @param {boolean} isRefused */
	setRefused(id, isRefused) {
		if (isRefused) this.#refused.add(id);
		else this.#refused.delete(id);
		const item = this.#items.get(id);
		if (item && item.isRefused !== isRefused) this.#replace(item, { ...item, isRefused });
	}

	forgetRefused() {
		for (const id of this.#refused) this.setRefused(id, false);
	}

	/** Chooses anew which signs are shown, and in which order. @param {Filter} filter */
	setFilter(filter) {
		const isOrderNew = filter.isGrouped !== this.#filter.isGrouped;
		this.#filter = filter;
		this.#hasWords = matcher(filter.search);
		if (isOrderNew) this.#sorted.sort(this.#compare);
		this.counts = noCounts();
		for (const item of this.#sorted) this.#count(item, 1);
		this.#shown = this.#sorted.filter((item) => this.#isShown(item));
	}

	/** @param {Item | undefined} before @param {Item | undefined} item */
	#replace(before, item) {
		if (before) this.#count(before, -1);
		if (item) this.#count(item, 1);
		const keepsPlace = !this.#filter.isGrouped || before?.location === item?.location;
		if (before && item && keepsPlace) return this.#update(before, item);
		if (before) this.#delete(before);
		if (item) this.#add(item);
	}

	/** @param {Item} item */
	#add(item) {
		this.#items.set(item.id, item);
		insertSorted(this.#sorted, item, this.#compare);
		if (this.#isShown(item)) this.#show(item);
	}

	/** @param {Item} item */
	#delete(item) {
		this.#items.delete(item.id);
		removeSorted(this.#sorted, item, this.#compare);
		if (this.#isShown(item)) this.#hide(item);
	}

	/** The item keeps its place, and may be shown or hidden. @param {Item} item @param {Item} next */
	#update(item, next) {
		const wasShown = this.#isShown(item);
		Object.assign(item, next);
		const isShown = this.#isShown(item);
		if (wasShown && !isShown) this.#hide(item);
		else if (!wasShown && isShown) this.#show(item);
	}

	/** @param {Item} item */
	#show(item) {
		this.#listener.insert(item, insertSorted(this.#shown, item, this.#compare));
	}

	/** @param {Item} item */
	#hide(item) {
		removeSorted(this.#shown, item, this.#compare);
		this.#listener.remove(item);
	}

	#compare = (/** @type {Item} */ one, /** @type {Item} */ other) =>
		(this.#filter.isGrouped && compareLocations(one.location, other.location)) || compare(one.id, other.id);

	/** Whether the item passes the search and the location. @param {Item} item */
	#isFound({ location, text }) {
		const wanted = this.#filter.location;
		return (wanted === null || wanted === location) && this.#hasWords(text);
	}

	/** @param {Item} item */
	#isShown(item) {
		return isOfKind(item, this.#filter.show) && this.#isFound(item);
	}

	/** @param {Item} item @param {1 | -1} difference */
	#count(item, difference) {
		if (!this.#isFound(item)) return;
		this.counts.all += difference;
		if (item.isOffline) this.counts.offline += difference;
		if (item.isNotShowing) this.counts['not-showing'] += difference;
		if (item.isRefused) this.counts.refused += difference;
	}
}
