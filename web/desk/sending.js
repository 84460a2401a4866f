/** The target of a change for many signs, the requests that carry the change, and both in words. Pure. */
import { valueText } from '../fields.js';
import { isNoticeShown } from '../shown-text.js';
import { compareLocations } from '../wall/order.js';
import { signCount } from '../wall/status-text.js';

/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {{ ids: string[], name: string }} Target `name`: the signs in words, with their count */

/** The values of the targets. That of a location begins with `=`, so that none is one of these. */
export const ALL = '';
export const CHOSEN = ':chosen';
export const SHOWN = ':shown';

/** A query names at most 100 fields: so many ids, or one fewer and the revision. */
const MAX_NAMES = 100;

/**
 * The signs of a target now.
 * @param {string} value of the target in the select
 * @param {{ all: () => SignRow[] }} signs
 * @param {{ chosen: () => string[], shown: () => string[] }} sets
 * @returns {Target}
 */
export function targetOf(value, signs, { chosen, shown }) {
	const rows = signs.all();
	if (value === ALL)
		return named(
			rows.map(({ id }) => id),
			(count) => `all ${count} signs`
		);
	if (value === CHOSEN || value === SHOWN) {
		const locations = new Map(rows.map(({ id, location }) => [id, location]));
		const ids = (value === CHOSEN ? chosen() : shown()).filter((id) => locations.has(id));
		const where = placesOf(ids.map((id) => locations.get(id) ?? ''));
		return value === CHOSEN
			? named(ids, (count) => `the ${count} chosen signs${where}`)
			: named(ids, (count) => `the ${count} signs that the wall shows${where}`);
	}
	const location = value.slice(1);
	const ids = rows.filter((row) => row.location === location).map(({ id }) => id);
	return { ids, name: `${signCount(ids.length)} in ${location}` };
}

/** Those of a target that show a notice. @param {Target} target @param {(id: string) => SignRow | undefined} get @returns {Target} */
export function withNotice({ ids, name }, get) {
	const shown = ids.filter((id) => {
		const row = get(id);
		return row && isNoticeShown(row);
	});
	const isAll = shown.length === ids.length;
	return { ids: shown, name: isAll ? name : `${shown.length} of ${name}` };
}

/**
 * Where signs are, in words: a search may have found more places than a person meant. Empty when none of them has a location.
 * @param {string[]} locations of the signs
 */
function placesOf(locations) {
	const names = [...new Set(locations)].sort(compareLocations);
	return names.some(Boolean) ? ` in ${list(names.map((name) => name || 'no location'))}` : '';
}

/** @param {string[]} ids @param {(count: number) => string} words of more than one @returns {Target} */
const named = (ids, words) => ({ ids, name: ids.length === 1 ? '1 sign' : words(ids.length) });

/**
 * Splits ids so that one request can name each part.
 * @param {string[]} ids
 * @param {number} [others] fields that the query names besides the ids
 * @returns {string[][]}
 */
export function inBatches(ids, others = 0) {
	const size = MAX_NAMES - others;
	return Array.from({ length: Math.ceil(ids.length / size) }, (_, n) => ids.slice(n * size, (n + 1) * size));
}

/**
 * The path that selects signs by their ids, which need no encoding.
 * @param {string[]} ids
 * @param {number} [revision] then only those that still have it
 */
export function pathOf(ids, revision) {
	const anyOf = `(${ids.map((id) => `id=${id}`).join('|')})`;
	return `/Sign/?${anyOf}${revision === undefined ? '' : `&revision=${revision}`}`;
}

/** Ids or locations in words: the first ones, and how many more. @param {string[]} ids */
export function list(ids) {
	const more = ids.length > MAX_LISTED ? ` and ${ids.length - MAX_LISTED} more` : '';
	return ids.slice(0, MAX_LISTED).join(', ') + more;
}

const MAX_LISTED = 6;

/**
 * What has happened to a target since its ids were fixed.
 * @param {string[]} before
 * @param {string[]} now
 * @param {(id: string) => boolean} exists
 * @returns {string} in words; empty when nothing has
 */
export function differenceOf(before, now, exists) {
	const [old, current] = [new Set(before), new Set(now)];
	const without = before.filter((id) => !current.has(id));
	const removed = without.filter((id) => !exists(id));
	const left = without.filter(exists);
	const joined = now.filter((id) => !old.has(id));
	const words = [
		removed.length ? `Removed meanwhile: ${list(removed)}` : '',
		left.length ? `No longer among them, but changed too: ${list(left)}` : '',
		joined.length ? `Joined meanwhile, and not changed: ${list(joined)}` : '',
	];
	return words.filter(Boolean).join('. ');
}

/**
 * What becomes of a field, in words.
 * @param {import('../fields.js').Field} field
 * @param {SignRow[]} rows
 * @param {Record<string, unknown>} change
 * @returns {string} empty for the end of a notice that ends now
 */
export function changeText(field, rows, change) {
	const { name, label } = field;
	if (name === 'noticeUntil') return change.notice === '' ? '' : `${label}: ${valueText(field, change[name])}`;
	const values = rows.map((row) => (name === 'notice' && !isNoticeShown(row) ? '' : row[name]));
	const old = [...new Set(values)].map((value) => valueText(field, value));
	const more = old.length > MAX_VALUES ? ` and ${old.length - MAX_VALUES} other values` : '';
	const isEmptied = name === 'message' && change[name] === '';
	const after = isEmptied ? 'empty: these signs will show nothing' : valueText(field, change[name]);
	return `${label}: ${old.slice(0, MAX_VALUES).join(', ')}${more} → ${after}`;
}

/** A line names this many old values. */
const MAX_VALUES = 3;
