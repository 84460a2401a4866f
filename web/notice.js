/** The notice of a sign in words, and its end as a person chooses it. Pure. */
/** @typedef {import('./signs.js').SignRow} SignRow */
/** When a notice ends. `+15`: minutes after it is sent; null: when a person ends it; or a time, as the server has it. @typedef {string | null} End */

/** What the desk offers, in minutes after sending. */
export const MINUTES = [5, 15, 60];
/** What the desk begins with: a notice that nobody thinks of again ends by itself. @type {End} */
export const USUAL_END = '+15';
/** What ends a notice. */
export const NO_NOTICE = { notice: '', noticeUntil: null };

/** @param {unknown} end */
export const isDuration = (end) => typeof end === 'string' && end.startsWith('+');

/**
 * A change with the time at which its notice ends, in place of the minutes. A change that removes the notice has no end.
 * @template {Record<string, unknown>} T
 * @param {T} change
 * @param {number} [now] ms since 1970
 * @returns {T}
 */
export function withEnd(change, now = Date.now()) {
	if (change.notice === '') return { ...change, noticeUntil: null };
	const { noticeUntil } = change;
	if (!isDuration(noticeUntil)) return change;
	return { ...change, noticeUntil: new Date(now + Number(noticeUntil) * 60_000).toISOString() };
}

/** @param {unknown} end @param {number} [now] ms since 1970 @returns {string} in words */
export function endText(end, now = Date.now()) {
	if (end === null) return 'when a person ends it';
	if (isDuration(end)) return `after ${Number(end)} minutes`;
	const time = Date.parse(String(end));
	if (Number.isNaN(time)) return 'at a time that is not complete';
	return localTime(new Date(time)) + (time > now ? '' : ', which is past');
}

/** With the zone: who operates signs elsewhere sees whose time it is. @param {Date} date */
const localTime = (date) =>
	date.toLocaleString(undefined, {
		year: 'numeric',
		month: 'short',
		day: 'numeric',
		hour: 'numeric',
		minute: '2-digit',
		...(date.getSeconds() ? { second: '2-digit' } : {}),
		timeZoneName: 'short',
	});
