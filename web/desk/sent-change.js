/** A change that was sent, and what takes it back: for each sign what it had before, and its revision since. Pure. */

/** @typedef {Record<string, unknown>} Fields */
/** @typedef {{ before: Fields, revision: number, after?: number, isUnseen?: boolean, isNew?: boolean }} Entry `after`: the revision that the change has made; `isUnseen`: the page has not received the one before it; `isNew`: the sign was removed and made again */
/** @typedef {{ ids: string[], restore: Fields, revision: number }} Group signs that one request takes back */

export class SentChange {
	/** What the page has sent, oldest first: more than one while a slider moves. @type {Fields[]} */
	#changes;
	/** @type {Map<string, Entry>} */
	#entries = new Map();

	/**
	 * @param {Fields & { id: string, revision: number }[] | any[]} rows as they are before it
	 * @param {Fields} change
	 */
	constructor(rows, change) {
		this.#changes = [change];
		for (const row of rows) this.#entries.set(row.id, { before: pick(row, change), revision: row.revision });
	}

	get ids() {
		return [...this.#entries.keys()];
	}

	/** The names of its fields. */
	get names() {
		return Object.keys(this.#changes[0] ?? {});
	}

	/** Whether a change of a sign is the next one of a series, and this the first. @param {string} id @param {Fields} change */
	isContinuedBy(id, change) {
		const names = (/** @type {Fields} */ fields) => Object.keys(fields).sort().join();
		return this.#entries.size === 1 && this.#entries.has(id) && names(change) === names(this.#changes[0] ?? {});
	}

	/** @param {Fields} change */
	continue(change) {
		this.#changes.push(change);
		for (const entry of this.#entries.values()) delete entry.after;
	}

	/** The last change of the series was not made. */
	cancelLast() {
		this.#changes.pop();
		for (const entry of this.#entries.values()) entry.after = entry.revision;
	}

	/** Only these signs were sent to. @param {string[]} ids */
	keepOnly(ids) {
		const sent = new Set(ids);
		for (const id of this.ids) if (!sent.has(id)) this.#entries.delete(id);
	}

	/** A sign has changed: by what was sent, or just before it. @param {string} id @param {any} row */
	note(id, row) {
		const entry = this.#entries.get(id);
		if (entry && row.revision < entry.revision) entry.isNew = true;
		if (!entry || entry.after !== undefined || row.revision <= entry.revision) return;
		const [last] = this.#changes.slice(-1);
		if (last && has(row, last)) {
			entry.after = row.revision;
			entry.isUnseen = this.#changes.length === 1 && row.revision > entry.revision + 1;
		}
		if (!this.#changes.some((change) => has(row, change))) entry.before = pick(row, last ?? {});
		entry.revision = row.revision;
	}

	/** The signs that somebody else has changed just before, with the revision of this change. @returns {{ id: string, after: number }[]} */
	get unseen() {
		return [...this.#entries].flatMap(([id, { isUnseen, after }]) => (isUnseen && after ? [{ id, after }] : []));
	}

	/** What a sign had before, as its history has it. @param {string} id @param {Fields} fields */
	correct(id, fields) {
		const entry = this.#entries.get(id);
		if (entry) Object.assign(entry.before, fields);
	}

	/**
	 * What takes it back from the signs that nobody has changed since.
	 * @param {(id: string) => any} get the row of a sign now
	 * @returns {{ groups: Group[], changed: string[], removed: string[] }}
	 */
	plan(get) {
		/** @type {Map<string, Group>} */
		const groups = new Map();
		/** @type {string[]} */ const changed = [];
		/** @type {string[]} */ const removed = [];
		for (const [id, { before, revision, after = revision + 1, isNew }] of this.#entries) {
			const row = get(id);
			if (!row) removed.push(id);
			else if (isNew || row.revision > after) changed.push(id);
			else {
				const key = JSON.stringify([before, after]);
				const group = groups.get(key) ?? { ids: [], restore: before, revision: after };
				group.ids.push(id);
				groups.set(key, group);
			}
		}
		return { groups: [...groups.values()], changed, removed };
	}
}

/** @param {any} row @param {Fields} change @returns {Fields} */
const pick = (row, change) => Object.fromEntries(Object.keys(change).map((name) => [name, row[name]]));

/** @param {any} row @param {Fields} fields */
export const has = (row, fields) => Object.entries(fields).every(([name, value]) => row[name] === value);
