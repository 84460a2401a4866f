/** Log lines for events that happen thousands of times a second. */
import { expect, test } from 'vitest';
import { Bursts } from '../../harper-fixes/log-bursts.ts';
import { Feed } from '../support/feed.ts';

const PERIOD_MS = 50;

function logOf(bursts: Bursts) {
	const lines = new Feed<string>('the log');
	const add = (subject: string, text: string) =>
		bursts.add(
			subject,
			() => lines.push(text),
			(count, counted) => lines.push(`${counted}: ${count} more, the latest: ${text}`)
		);
	return { lines, add };
}

test('a burst has a line when it begins, and one in each period for those that followed', async () => {
	const { lines, add } = logOf(new Bursts(PERIOD_MS));
	for (let n = 0; n < 1_000; n++) add('refused', `refused ${n}`);
	expect(lines.received).toEqual(['refused 0']);
	await lines.until((line) => line === 'refused: 999 more, the latest: refused 999');
	add('refused', 'refused later');
	add('refused', 'refused last');
	await lines.until((line) => line === 'refused: 2 more, the latest: refused last');
	expect(lines.received.length, 'the burst went on').toBe(3);
});

test('after a period in which nothing came a burst is over: the next one begins with a line of its own', async () => {
	const bursts = new Bursts(PERIOD_MS);
	const { lines, add } = logOf(bursts);
	add('refused', 'one');
	await expect.poll(() => bursts.isActive('refused')).toBe(false);
	add('refused', 'another');
	expect(lines.received).toEqual(['one', 'another']);
});

test('each subject has lines of its own, and those beyond a hundred share one', async () => {
	const { lines, add } = logOf(new Bursts(PERIOD_MS));
	for (let n = 0; n < 150; n++) add(`subject ${n}`, `text ${n}`);
	expect(lines.received).toEqual(Array.from({ length: 101 }, (_, n) => `text ${n}`));
	await lines.until((line) => line === 'others: 49 more, the latest: text 149');
});
