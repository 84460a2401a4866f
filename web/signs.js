/** The newest row of each sign that the page has received: its only copy of the table. Every view reads from it. */

/** @typedef {import('../sign/fields.ts').SignJson} SignRow */
/** @typedef {(id: string, row: SignRow | undefined) => void} Listener `row` is undefined after a removal */

export class Signs {
	/** @type {Map<string, SignRow>} */
	#rows = new Map();
	/** @type {Set<Listener>} */
	#listeners = new Set();

	/** @param {Listener} listener called after each change */
	onChange(listener) {
		this.#listeners.add(listener);
	}

	/** @param {string} id */
	get(id) {
		return this.#rows.get(id);
	}

	get size() {
		return this.#rows.size;
	}

	all() {
		return [...this.#rows.values()];
	}

	/**
	 * @param {string} id
	 * @param {SignRow | undefined} row undefined removes the sign
	 */
	set(id, row) {
		if (row) this.#rows.set(id, row);
		else this.#rows.delete(id);
		for (const listener of this.#listeners) listener(id, row);
	}

	/** @param {(id: string) => boolean} isRemoved */
	removeWhere(isRemoved) {
		for (const id of this.#rows.keys()) if (isRemoved(id)) this.set(id, undefined);
	}

	clear() {
		this.removeWhere(() => true);
	}
}
