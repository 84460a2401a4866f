/** The texts that stood on a sign, from its history. Pure. */

/** @typedef {import('../fields.js').Value} Value */
/** What the server has of a change; `change` is null for a removal. @typedef {{ at: string, by?: string | null, change: Record<string, Value> | null, revision: number | null }} Entry */
/**
 * @typedef {object} PastText
 * @property {string} key
 * @property {string} at
 * @property {string | null} by whose account; null when the server does not know it
 * @property {'message' | 'notice' | 'removal'} kind
 * @property {Record<string, Value>} fields what stood then; none for a removal
 */

/** What belongs to the look of a message, besides its text. The brightness and the power are those of the room, not of the text. */
const LOOK = ['color', 'effect', 'speed'];

/**
 * @param {Entry[]} entries newest first
 * @returns {PastText[]} newest first, without those that were empty or stood already
 */
export const pastTexts = (entries) => entries.flatMap((entry, n) => textsOf(entry, entries.slice(n)));

/** @param {Entry} entry @param {Entry[]} older with the entry itself @returns {PastText[]} */
function textsOf({ at, by = null, change }, older) {
	if (!change) return [{ key: `${at} removal`, at, by, kind: 'removal', fields: {} }];
	return /** @type {const} */ (['message', 'notice'])
		.filter((kind) => change[kind] && change[kind] !== valueOf(kind, older.slice(1)))
		.map((kind) => {
			const names = kind === 'message' ? [kind, ...LOOK] : [kind];
			const known = names.map((name) => [name, valueOf(name, older)]).filter(([, value]) => value !== undefined);
			return { key: `${at} ${kind}`, at, by, kind, fields: Object.fromEntries(known) };
		});
}

/**
 * What some fields had before a revision, as far as the history knows.
 * @param {Entry[]} entries newest first
 * @param {number} revision
 * @param {string[]} names
 * @returns {Record<string, Value>}
 */
export function fieldsBefore(entries, revision, names) {
	const place = entries.findIndex((entry) => entry.revision === revision);
	const older = place < 0 ? [] : entries.slice(place + 1);
	const values = names.map((name) => [name, valueOf(name, older)]);
	return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** A field as an entry left it; undefined when the history does not reach back that far. @param {string} name @param {Entry[]} older */
function valueOf(name, older) {
	for (const { change } of older) {
		if (!change) return undefined;
		if (name in change) return change[name];
	}
	return undefined;
}
