/** A change that was sent, and what takes it back: for each sign what it had before, and its revision since. Pure. */
import { fieldsBefore } from './past-texts.js';

/** @typedef {Record<string, unknown>} Fields */
/** @typedef {{ before: Fields, revision: number, after?: number, seen?: number, isNew?: boolean }} Entry `after`: the revision that the change has made; `seen`: the last one before it, when the page has not received all that came since; `isNew`: the sign was removed and made again */
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
		for (const entry of this.#entries.values()) {
			delete entry.after;
			delete entry.seen;
		}
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
		if (this.#changes.length === 1 && row.revision > entry.revision + 1) entry.seen ??= entry.revision;
		if (last && has(row, last)) entry.after = row.revision;
		if (!this.#changes.some((change) => has(row, change))) entry.before = pick(row, last ?? {});
		entry.revision = row.revision;
	}

	/** The signs that somebody else has changed just before or just after, as far as the page knows. */
	get unseen() {
		return this.ids.filter((id) => this.#entries.get(id)?.seen !== undefined);
	}

	/**
	 * Which revision the change has made, and what the sign had before, as its history has them.
	 * @param {string} id
	 * @param {import('./past-texts.js').Entry[]} history newest first
	 */
	correct(id, history) {
		const entry = this.#entries.get(id);
		const [change = {}] = this.#changes;
		const isOwn = (/** @type {import('./past-texts.js').Entry} */ { change: fields, revision }) =>
			Number(revision) > Number(entry?.seen) && fields && has(fields, change);
		const own = history.findLast(isOwn)?.revision;
		if (!entry || !own) return;
		entry.after = own;
		Object.assign(entry.before, fieldsBefore(history, own, this.names));
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
