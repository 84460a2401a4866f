/** When a display is called because a notice ends, also when the clock is set meanwhile. */
import { expect, onTestFinished, test } from 'vitest';
import { NoticeTimer } from '../../device/notice-timer.ts';
import { INITIAL, type SignJson } from '../../sign/fields.ts';
import { Feed } from '../support/feed.ts';
import { shownText } from '../../web/shown-text.js';

const trueTime = Date.now.bind(Date);
const HOUR = 3_600_000;

/** Sets the clock of this process, in ms from the true time. */
function setClock(ahead: number): void {
	Date.now = () => trueTime() + ahead;
	onTestFinished(() => void (Date.now = trueTime));
}

/** Watches a sign with a notice. @returns the texts that it shows, at first and at each call of the display */
function watch(noticeUntil: string | null, change: Partial<SignJson> = {}) {
	const row = { id: 'x', ...INITIAL, message: 'standing', notice: 'closed', noticeUntil, revision: 1, updatedAt: '' };
	Object.assign(row, change);
	const texts = new Feed<string>('display');
	const show = () => texts.push(shownText(row, Date.now()));
	const timer = new NoticeTimer(show);
	onTestFinished(() => timer.stop());
	show();
	timer.watch(row);
	return { texts, timer };
}

const at = (time: number) => new Date(time).toISOString();

test('a display is called when the notice ends, once', async () => {
	const end = trueTime() + 300;
	const { texts } = watch(at(end));
	await texts.until((text) => text === 'standing');
	expect(trueTime() - end).toBeGreaterThanOrEqual(0);
	expect(trueTime() - end).toBeLessThan(200);
	expect(texts.received).toEqual(['closed', 'standing']);
});

test('a board that starts without the time shows the message, and the notice when it has the time', async () => {
	setClock(-trueTime()); // 1970
	const { texts } = watch(at(trueTime() + HOUR));
	expect(texts.last).toBe('standing');
	setClock(0);
	await texts.until((text) => text === 'closed');
});

test('a clock that is set forward ends the notice, and one that is set back shows it again', async () => {
	const { texts } = watch(at(trueTime() + HOUR));
	setClock(2 * HOUR);
	await texts.until((text) => text === 'standing');
	setClock(0);
	await texts.until(() => texts.received.length === 3);
	expect(texts.received).toEqual(['closed', 'standing', 'closed']);
});

test('an end that is months ahead, longer than a timer of Node can be, is waited for', async () => {
	const { texts } = watch(at(trueTime() + 366 * 24 * HOUR));
	await watch(at(trueTime() + 1_200)).texts.until((text) => text === 'standing');
	expect(texts.received).toEqual(['closed']);
});

test('without an end, without a notice and after the end of the watch nothing is called', async () => {
	const others = [watch(null), watch(at(trueTime() + 100), { notice: '' }), watch(at(trueTime() + 100))];
	others[2]!.timer.stop();
	await watch(at(trueTime() + 300)).texts.until((text) => text === 'standing');
	for (const { texts } of others) expect(texts.received).toHaveLength(1);
});
