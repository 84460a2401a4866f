/**
 * What a person has changed in the fields of signs, and the server has not accepted yet: by sign and field. A draft stays
 * until it is sent or discarded, whichever sign is chosen meanwhile. Pure.
 */

/** @typedef {import('../fields.js').Value} Value */
/** @typedef {Record<string, unknown>} Row some fields of a sign */
/**
 * @typedef {object} Draft
 * @property {Value} value that the person wants
 * @property {unknown[]} known values of the sign that nobody else has set: the one at the start of the draft, and those sent since
 * @property {'draft' | 'sending' | 'accepted' | 'refused'} state `accepted`: the event with the value has not arrived yet
 * @property {string} refusal
 * @property {number} revision of the sign when the value was sent, or after an earlier change that came since
 */

export class Drafts {
	/** @type {Map<string, Map<string, Draft>>} */
	#signs = new Map();

	/** @param {string} id @param {string} field */
	get(id, field) {
		return this.#signs.get(id)?.get(field);
	}

	/** The fields of a sign that are not sent, with their values. @param {string} id @returns {Record<string, Value>} */
	unsent(id) {
		const drafts = [...(this.#signs.get(id) ?? [])].filter(([, { state }]) => isUnsent(state));
		return Object.fromEntries(drafts.map(([field, { value }]) => [field, value]));
	}

	/** @param {string} id */
	has(id) {
		return [...(this.#signs.get(id)?.values() ?? [])].some(({ state }) => isUnsent(state));
	}

	/** The signs with values that are not sent. */
	get ids() {
		return [...this.#signs.keys()].filter((id) => this.has(id));
	}

	/**
	 * A person changes a field. A value that the sign has already is no draft.
	 * @param {string} id
	 * @param {string} field
	 * @param {Value} value
	 * @param {unknown} current the sign's value
	 */
	edit(id, field, value, current) {
		const before = this.get(id, field);
		const isUnderWay = before && !isUnsent(before.state);
		if (value === current && !isUnderWay) return this.discard(id, field);
		const fields = this.#signs.get(id) ?? new Map();
		this.#signs.set(id, fields);
		const { known, revision } = before ?? { known: [current], revision: 0 };
		fields.set(field, { value, known, revision, state: 'draft', refusal: '' });
	}

	/** @param {string} id @param {string} [field] without it: all of the sign */
	discard(id, field) {
		const fields = this.#signs.get(id);
		if (field !== undefined) fields?.delete(field);
		if (field === undefined || !fields?.size) this.#signs.delete(id);
	}

	clear() {
		this.#signs.clear();
	}

	/** An event with these values is no change by somebody else. @param {string} id @param {Row} change */
	expect(id, change) {
		for (const [field, draft] of this.#signs.get(id) ?? []) if (field in change) draft.known.push(change[field]);
	}

	/**
	 * The page sends a change of the sign, and calls `accept` or `fail` after the answer.
	 * @param {string} id
	 * @param {Row} change
	 * @param {number} [revision] of the sign before
	 */
	send(id, change, revision = 0) {
		this.expect(id, change);
		for (const [field, draft] of this.#signs.get(id) ?? [])
			if (draft.value === change[field]) Object.assign(draft, { state: 'sending', refusal: '', revision });
	}

	/**
	 * The server has accepted a change.
	 * @param {string} id
	 * @param {Row} change
	 * @param {Row | undefined} row as the page knows the sign now
	 */
	accept(id, change, row) {
		for (const [field, draft] of this.#underWay(id, change)) {
			if (row && row.revision !== draft.revision) this.discard(id, field);
			else draft.state = 'accepted';
		}
	}

	/**
	 * The server has refused a change, or not answered.
	 * @param {string} id
	 * @param {Row} change
	 * @param {Record<string, string>} refusals by field
	 * @param {Row} [row] as the page knows the sign now: it has the change when only the answer was lost
	 */
	fail(id, change, refusals, row) {
		for (const [field, draft] of this.#underWay(id, change)) {
			if (row?.[field] === draft.value) this.discard(id, field);
			else Object.assign(draft, { state: refusals[field] ? 'refused' : 'draft', refusal: refusals[field] ?? '' });
		}
	}

	/** The drafts whose values are on the way, unless the person has changed them since. @param {string} id @param {Row} change */
	#underWay(id, change) {
		const drafts = [...(this.#signs.get(id) ?? [])];
		return drafts.filter(([field, { state, value }]) => state === 'sending' && value === change[field]);
	}

	/** The sign has changed, or was removed. A sign that is made again begins with a low revision. @param {string} id @param {Row | undefined} row */
	update(id, row) {
		for (const [field, draft] of this.#signs.get(id) ?? []) {
			if (row && isEarlier(draft, field, row)) draft.revision++;
			const { state, value, known, revision } = draft;
			const isThere = isUnsent(state) && row?.[field] === value;
			const isReplaced = state === 'accepted' && row?.revision !== revision;
			if (isThere || isReplaced) this.discard(id, field);
			else if (row) draft.known = known.slice(Math.max(0, known.indexOf(row[field])));
		}
	}

	/**
	 * Whether somebody else has changed a field since the draft was begun.
	 * @param {string} id
	 * @param {string} field
	 * @param {Row} row
	 */
	isOvertaken(id, field, row) {
		const draft = this.get(id, field);
		return Boolean(draft && isUnsent(draft.state) && !draft.known.includes(row[field]));
	}

	/** The person has seen the sign's value, and wants the draft. @param {string} id @param {string} field @param {Row} row */
	keep(id, field, row) {
		this.get(id, field)?.known.push(row[field]);
	}
}

/** @param {Draft['state']} state */
const isUnsent = (state) => state === 'draft' || state === 'refused';

/**
 * Whether a row is that of an earlier change than a value that is under way: each write adds one to the revision, and the next
 * one does not have the value.
 * @param {Draft} draft
 * @param {string} field
 * @param {Row} row
 */
const isEarlier = ({ state, value, revision }, field, row) =>
	!isUnsent(state) && row.revision === revision + 1 && row[field] !== value;
