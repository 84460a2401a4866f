/** Where the elements of the signs stand: in one grid, or in one grid for each location, under a heading. */
import { byId, cloneTemplate, query, setText } from '../dom.js';
import { insertIntoPart, inParts, removeFromPart } from './parts.js';
import { signCount } from './status-text.js';

/** @typedef {import('./sign-list.js').Item} Item */
/** @typedef {{ root: HTMLElement, signs: HTMLElement, count: number }} Group */
/** @typedef {{ isGrouped: boolean, isCompact: boolean, areMany: boolean }} Layout `areMany`: they stand in parts */

export class Groups {
	#wall = byId('wall');
	#rootOf;
	/** @type {Layout} */ #layout = { isGrouped: false, isCompact: false, areMany: false };
	/** By location. @type {Map<string, Group>} */ #groups = new Map();

	/** @param {(id: string) => HTMLElement} rootOf */
	constructor(rootOf) {
		this.#rootOf = rootOf;
	}

	/** Shows these signs and no others. @param {readonly Item[]} items @param {Layout} layout */
	show(items, layout) {
		this.#layout = layout;
		this.#groups.clear();
		this.#wall.className = layout.isCompact ? 'compact' : '';
		this.#wall.classList.toggle('signs', !layout.isGrouped);
		if (layout.isGrouped) this.#showGroups(items);
		else this.#wall.replaceChildren(...this.#elements(items));
	}

	/** @param {readonly Item[]} items */
	#showGroups(items) {
		for (let start = 0, end = 0; start < items.length; start = end) {
			const { location } = /** @type {Item} */ (items[start]);
			while (items[end]?.location === location) end++;
			const group = this.#createGroup(location);
			group.signs.append(...this.#elements(items.slice(start, end)));
			group.count = end - start;
			showCount(group);
		}
		this.#wall.replaceChildren(...[...this.#groups.values()].map(({ root }) => root));
	}

	/** @param {readonly Item[]} items */
	#elements(items) {
		const roots = items.map(({ id }) => this.#rootOf(id));
		return this.#layout.areMany ? inParts(roots) : roots;
	}

	/** @param {Item} item @param {Item | undefined} next */
	insert(item, next) {
		if (!this.#layout.isGrouped) return this.#insertInto(this.#wall, item, next);
		const { location } = item;
		const group = this.#groups.get(location) ?? this.#createGroup(location);
		this.#insertInto(group.signs, item, next?.location === location ? next : undefined);
		group.count++;
		showCount(group);
		if (!group.root.isConnected)
			this.#wall.insertBefore(group.root, (next && this.#groups.get(next.location)?.root) ?? null);
	}

	/** @param {HTMLElement} container @param {Item} item @param {Item | undefined} next in the same container */
	#insertInto(container, { id }, next) {
		const before = next ? this.#rootOf(next.id) : null;
		if (this.#layout.areMany) insertIntoPart(container, this.#rootOf(id), before);
		else container.insertBefore(this.#rootOf(id), before);
	}

	/** @param {Item} item */
	remove({ id, location }) {
		if (this.#layout.areMany) removeFromPart(this.#rootOf(id));
		else this.#rootOf(id).remove();
		const group = this.#groups.get(location);
		if (!group) return;
		group.count--;
		showCount(group);
		if (group.count) return;
		group.root.remove();
		this.#groups.delete(location);
	}

	/** @param {string} location @returns {Group} */
	#createGroup(location) {
		const root = cloneTemplate('location-group');
		setText(query(root, 'h2 span', HTMLElement), location || 'No location');
		const group = { root, signs: query(root, '.signs', HTMLElement), count: 0 };
		this.#groups.set(location, group);
		return group;
	}
}

/** @param {Group} group */
function showCount({ root, count }) {
	setText(query(root, 'h2 small', HTMLElement), signCount(count));
}
