/** Which signs the wall shows, as a person selects them in the toolbar, and as the page's address names them. Pure. */
import { asShown } from './status-text.js';

/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {'' | 'offline' | 'not-showing' | 'refused'} Show */
/**
 * @typedef {object} Filter
 * @property {string} search words that must all be in the id, the location or the texts of a sign
 * @property {string | null} location null: any; the empty text: signs without a location
 * @property {Show} show empty: in any state
 * @property {boolean} isGrouped by location
 * @property {'compact' | 'matrix' | null} view null: by the number of signs
 */
/**
 * What a filter compares of a sign.
 * @typedef {object} Item
 * @property {string} id
 * @property {string} location
 * @property {string} text see `searchText`
 * @property {boolean} isOffline
 * @property {boolean} isNotShowing
 * @property {boolean} isRefused
 */

/** What a filter has when all signs pass it. */
export const ALL_SIGNS = /** @type {const} */ ({ search: '', location: null, show: '' });

/** @type {Filter} */
export const NO_FILTER = { ...ALL_SIGNS, isGrouped: false, view: null };

/** A wall of more signs is compact, unless a person chooses otherwise. */
export const MAX_MATRICES = 500;

/** The accents of Latin, Greek and Cyrillic letters, and the vowel marks of Arabic: a search ignores them. */
const ACCENTS = /[\u0300-\u036f\u064b-\u065f]/g;

/** The form in which texts are compared. @param {string} text */
export const plain = (text) => text.normalize('NFKD').replace(ACCENTS, '').toLowerCase();

/** What a search looks through: the message, and the notice until it ends. @param {SignRow} row */
export function searchText(row) {
	const { id, message, location } = row;
	const shown = asShown(row).message;
	return plain([id, message, ...(shown === message ? [] : [shown]), location].join('\n'));
}

/** @param {string} search @returns {(text: string) => boolean} whether a `searchText` has all words of the search */
export function matcher(search) {
	const words = plain(search).split(/\s+/).filter(Boolean);
	return (text) => words.every((word) => text.includes(word));
}

/** Not online: the sign's device has reported so, or its last will has, or it has never connected. @param {SignRow} row */
const isOffline = ({ online }) => !online;

/** Offline, or online without having reported the newest revision. @param {SignRow} row */
const isNotShowing = ({ online, revision, shownRevision }) => !online || revision !== shownRevision;

/** @param {SignRow} row @param {boolean} isRefused whether its last change from this page was refused @returns {Item} */
export const itemOf = (row, isRefused) => ({
	id: row.id,
	location: row.location,
	text: searchText(row),
	isOffline: isOffline(row),
	isNotShowing: isNotShowing(row),
	isRefused,
});

/** @param {Item} item @param {Show} show */
export function isOfKind({ isOffline, isNotShowing, isRefused }, show) {
	return { '': true, 'offline': isOffline, 'not-showing': isNotShowing, 'refused': isRefused }[show];
}

/** @param {Filter} filter @param {number} count of signs that are shown */
export const isCompact = ({ view }, count) => (view ? view === 'compact' : count > MAX_MATRICES);

/** @param {string} query of an address, with or without `?` @returns {Filter} */
export function readFilter(query) {
	const params = new URLSearchParams(query);
	const show = params.get('show') ?? '';
	const view = params.get('view');
	return {
		search: params.get('search') ?? '',
		location: params.get('location'),
		show: show === 'offline' || show === 'not-showing' || show === 'refused' ? show : '',
		isGrouped: params.get('group') === 'location',
		view: view === 'compact' || view === 'matrix' ? view : null,
	};
}

/**
 * The query of the address that gives this wall. Other parameters stay.
 * @param {Filter} filter
 * @param {string} query the current one
 */
export function writeFilter({ search, location, show, isGrouped, view }, query) {
	const params = new URLSearchParams(query);
	const values = { search: search || null, location, show: show || null, group: isGrouped ? 'location' : null, view };
	for (const name of Object.keys(values)) params.delete(name); // the same wall has the same address
	for (const [name, value] of Object.entries(values)) if (value !== null) params.set(name, value);
	const text = params.toString();
	return text && `?${text}`;
}
