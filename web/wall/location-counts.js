/** How many signs each location has: a change of one sign costs the same on any wall. */
import { compareLocations } from './order.js';

export class LocationCounts {
	/** The location of each sign. @type {Map<string, string>} */ #locations = new Map();
	/** @type {Map<string, number>} */ #counts = new Map();
	/** @type {string[] | undefined} */ #names;

	/** @param {import('../signs.js').Signs} signs */
	constructor(signs) {
		for (const { id, location } of signs.all()) this.#set(id, location);
		signs.onChange((id, row) => this.#set(id, row?.location));
	}

	/** The locations in order, the empty one last; the same array until they change. */
	get names() {
		return (this.#names ??= [...this.#counts.keys()].sort(compareLocations));
	}

	/** @param {string} location */
	count(location) {
		return this.#counts.get(location) ?? 0;
	}

	/** @param {string} id @param {string | undefined} location undefined: the sign was removed */
	#set(id, location) {
		const before = this.#locations.get(id);
		if (before === location) return;
		if (before !== undefined) this.#add(before, -1);
		if (location !== undefined) this.#add(location, 1);
		if (location === undefined) this.#locations.delete(id);
		else this.#locations.set(id, location);
	}

	/** @param {string} location @param {number} difference */
	#add(location, difference) {
		const count = this.count(location) + difference;
		if (count === difference || !count) this.#names = undefined;
		if (count) this.#counts.set(location, count);
		else this.#counts.delete(location);
	}
}
