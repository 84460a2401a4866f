/**
 * The text that a sign shows at a moment: its notice, or its message. It depends only on the row and the clock, so that a notice
 * ends on all screens at the same time, also where the network is down. Pure; the page and the reference device use it.
 */

/**
 * @typedef {object} Texts the fields of a row that decide; a row of an older server has no notice
 * @property {string} message
 * @property {string} [notice] empty: no notice
 * @property {string | null} [noticeUntil] when the notice ends, as a date-time with a zone; null: when it is removed
 */

/** In ms since 1970. A clock before 2020 was never set: many devices start at 1970 or 2000 until they have the time. */
const FIRST_TRUE_TIME = Date.UTC(2020, 0);

/**
 * The text that the sign shows.
 * @param {Texts} sign
 * @param {number} now ms since 1970; before 2020, or NaN, for a device without a clock: it shows no notice that has an end
 * @returns {string}
 */
export function shownText(sign, now) {
	return isNoticeShown(sign, now) ? /** @type {string} */ (sign.notice) : sign.message;
}

/**
 * When the shown text changes by itself, because the notice ends.
 * @param {Texts} sign
 * @param {number} now ms since 1970, as for `shownText`
 * @returns {number | null} ms since 1970, later than `now`; null when no notice is shown, or it stays until it is removed
 */
export function noticeEnd(sign, now) {
	return sign.noticeUntil != null && isNoticeShown(sign, now) ? Date.parse(sign.noticeUntil) : null;
}

/**
 * Whether the sign shows its notice. A time that cannot be read counts as past.
 * @param {Pick<Texts, 'notice' | 'noticeUntil'>} sign
 * @param {number} [now] ms since 1970, as for `shownText`
 */
export function isNoticeShown({ notice, noticeUntil }, now = Date.now()) {
	if (!notice) return false;
	return noticeUntil == null || (now >= FIRST_TRUE_TIME && now < Date.parse(noticeUntil));
}
