/** The draft of a notice at the desk: its end, and that both are sent together. */
import { expect, test } from 'vitest';
import { INITIAL } from '../../sign/fields.ts';
import { Drafts } from '../../web/desk/drafts.js';
import { chooseEnd, draftAgain, fixEnd, isHeld } from '../../web/desk/notice-draft.js';

const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const sign = (fields: object = {}) => ({ ...INITIAL, id: 'a', revision: 1, updatedAt: '', ...fields });
const type = (drafts: Drafts, row: ReturnType<typeof sign>, notice: string) => {
	drafts.edit('a', 'notice', notice, row.notice);
	chooseEnd(drafts, row);
};

test('a new notice ends by itself, also after one that has ended; the text of one that is shown keeps its end', () => {
	for (const row of [sign(), sign({ notice: 'old', noticeUntil: at(-1_000) })]) {
		const drafts = new Drafts();
		type(drafts, row, 'new');
		expect(drafts.unsent('a')).toEqual({ notice: 'new', noticeUntil: '+15' });
		fixEnd(drafts, row);
		expect(Date.parse(String(drafts.unsent('a').noticeUntil))).toBeGreaterThan(Date.now() + 14 * 60_000);
		type(drafts, row, row.notice);
		expect(drafts.unsent('a')).toEqual({});
		draftAgain(drafts, row, { notice: 'old' });
		expect(drafts.unsent('a')).toMatchObject({ noticeUntil: '+15' });
	}
	for (const noticeUntil of [null, at(60_000)]) {
		const drafts = new Drafts();
		type(drafts, sign({ notice: 'old', noticeUntil }), 'new');
		expect(drafts.unsent('a')).toEqual({ notice: 'new' });
	}
});

test('an emptied notice is sent without an end', () => {
	const drafts = new Drafts();
	const row = sign({ notice: 'old', noticeUntil: at(60_000) });
	type(drafts, row, '');
	fixEnd(drafts, row);
	expect(drafts.unsent('a')).toEqual({ notice: '', noticeUntil: null });
});

test('a notice and its end wait together when somebody else has changed one of them', () => {
	const drafts = new Drafts();
	type(drafts, sign(), 'mine');
	drafts.edit('a', 'location', 'hall', '');
	const theirs = sign({ notice: 'theirs', revision: 2 });
	drafts.update('a', theirs);
	expect(['notice', 'noticeUntil', 'location'].map((name) => isHeld(drafts, theirs, name))).toEqual([
		true,
		true,
		false,
	]);
	drafts.keep('a', 'notice', theirs);
	expect(isHeld(drafts, theirs, 'noticeUntil')).toBe(false);
});
