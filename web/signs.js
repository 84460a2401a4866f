/** The signs as the server told them last: the page's only copy of the table. Everything that is shown is made of it. */

/** @typedef {import('../sign.ts').ToldRow} SignRow */
/** @typedef {(id: string, row: SignRow | undefined) => void} Listener told of each change; undefined after a removal */

export class Signs {
	/** @type {Map<string, SignRow>} */
	#rows = new Map();
	/** @type {Set<Listener>} */
	#listeners = new Set();

	/** @param {Listener} listener */
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
	 * @param {SignRow | undefined} row undefined: it was removed
	 */
	set(id, row) {
		if (row) this.#rows.set(id, row);
		else this.#rows.delete(id);
		for (const listener of this.#listeners) listener(id, row);
	}

	/** Keeps those that `isKept` accepts. @param {(id: string) => boolean} isKept */
	keep(isKept) {
		for (const id of this.#rows.keys()) if (!isKept(id)) this.set(id, undefined);
	}
}
