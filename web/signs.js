/** The newest row of each sign that the page has received: its only copy of the table. Every view reads from it. */

/** A row as the server sends it; `changedAt`: when its revision was made, if the page knows it. @typedef {import('../sign/fields.ts').SignJson & { changedAt?: string }} SignRow */
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
	 * Does nothing for a row that is the same: after a disconnect the server sends each row again.
	 * @param {string} id
	 * @param {SignRow | undefined} row undefined removes the sign
	 */
	set(id, row) {
		const before = this.#rows.get(id);
		if (row === before || (row && before && isSame(row, before))) return;
		if (row) this.#rows.set(id, row);
		else this.#rows.delete(id);
		this.report(id);
	}

	/** Calls the listeners for a sign that looks different, though its row may be the same. @param {string} id */
	report(id) {
		for (const listener of this.#listeners) listener(id, this.#rows.get(id));
	}

	/** @param {(id: string) => boolean} isRemoved */
	removeWhere(isRemoved) {
		for (const id of this.#rows.keys()) if (isRemoved(id)) this.set(id, undefined);
	}

	clear() {
		this.removeWhere(() => true);
	}
}

/** @param {SignRow} row @param {SignRow} other */
function isSame(row, other) {
	const names = /** @type {(keyof SignRow)[]} */ (Object.keys(row));
	return names.every((name) => row[name] === other[name]) && names.length === Object.keys(other).length;
}
