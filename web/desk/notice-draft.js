/** The draft of a notice: it has an end, which begins when it is sent. Pure. */
import { USUAL_END, withEnd } from '../notice.js';
import { isNoticeShown } from '../shown-text.js';

/** @typedef {import('./drafts.js').Drafts} Drafts */
/** @typedef {import('../signs.js').SignRow} SignRow */

/** A notice gets an end, unless the person only changes the text of the one that is shown. @param {Drafts} drafts @param {SignRow} row */
export function chooseEnd(drafts, row) {
	if (!drafts.get(row.id, 'notice')?.value) drafts.discard(row.id, 'noticeUntil');
	else if (!isNoticeShown(row) && !drafts.get(row.id, 'noticeUntil')) beginWithUsualEnd(drafts, row);
}

/** Call it before the drafts are sent: the minutes begin now, and a notice that is ended has no end of its own. @param {Drafts} drafts @param {SignRow} row */
export function fixEnd(drafts, row) {
	const unsent = drafts.unsent(row.id);
	const { noticeUntil } = withEnd(unsent);
	if (noticeUntil !== undefined && noticeUntil !== unsent.noticeUntil)
		drafts.edit(row.id, 'noticeUntil', noticeUntil, row.noticeUntil);
}

/**
 * A text that stood on the sign before becomes a draft.
 * @param {Drafts} drafts
 * @param {SignRow} row
 * @param {Record<string, import('../fields.js').Value>} fields as they were
 */
export function draftAgain(drafts, row, fields) {
	for (const [name, value] of Object.entries(fields))
		drafts.edit(row.id, name, value, row[/** @type {keyof SignRow} */ (name)]);
	if ('notice' in fields && !isNoticeShown(row)) beginWithUsualEnd(drafts, row);
}

/**
 * Whether a draft waits for the person, as somebody else has changed the field. A notice and its end wait together: one is
 * not sent to what another person has set.
 * @param {Drafts} drafts
 * @param {SignRow} row
 * @param {string} name of the field
 */
export function isHeld(drafts, row, name) {
	const together = PAIR.includes(name) ? PAIR : [name];
	return together.some((field) => drafts.isOvertaken(row.id, field, row));
}

const PAIR = ['notice', 'noticeUntil'];

/** @param {Drafts} drafts @param {SignRow} row */
const beginWithUsualEnd = (drafts, row) => drafts.edit(row.id, 'noticeUntil', USUAL_END, row.noticeUntil);
