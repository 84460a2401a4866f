/** Which signs a person has chosen: the wall marks them, the desk changes them. Pure. */

export class Selection {
	/** In the order in which they were chosen. @type {Set<string>} */
	#ids = new Set();
	/** @type {Set<() => void>} */
	#listeners = new Set();

	/** @param {() => void} listener called after each change */
	onChange(listener) {
		this.#listeners.add(listener);
	}

	get ids() {
		return [...this.#ids];
	}

	get size() {
		return this.#ids.size;
	}

	/** @param {string} id */
	has(id) {
		return this.#ids.has(id);
	}

	/** Chooses these signs and no others. @param {Iterable<string>} ids */
	set(ids) {
		const next = new Set(ids);
		if (next.size === this.size && [...next].every((id) => this.has(id))) return;
		this.#ids = next;
		for (const listener of this.#listeners) listener();
	}

	/** @param {string} id */
	toggle(id) {
		this.set(this.has(id) ? this.ids.filter((other) => other !== id) : [...this.ids, id]);
	}

	/** @param {string} id of a sign that can no longer be chosen, as it was removed */
	remove(id) {
		if (this.has(id)) this.toggle(id);
	}
}
