/** The wall shows whether a sign has what was sent to it, and why a sign is dark. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, coloursOf, countLit, describePage, dotsOf, freeze, untilDots, untilState } from './browser.ts';
import { makeSign, openWall } from './views.ts';
import { rest, url } from '../support/clients.ts';

/** A time in the dark half of a blink. */
const DARK = Date.UTC(2026, 10, 24, 12) + 500;

/** The looks of a sign's housing, none of which is a colour. */
const looksOf = (page: Page, id: string) =>
	article(page, id).evaluate((root) => {
		const styleOf = (selector: string) => getComputedStyle(root.querySelector(selector)!);
		const { borderTopStyle: border, backgroundImage } = styleOf('.housing');
		return {
			look: root.getAttribute('data-look'),
			border,
			isHatched: backgroundImage.includes('gradient'),
			light: Number(styleOf('canvas').opacity),
		};
	});

describePage('the wall', () => {
	test('dims a sign that shows something else, with the reason in words', async () => {
		const fields = { message: 'HHHH', color: '#00ff00', brightness: 15 };
		const id = await makeSign(fields);
		await rest('PATCH', `/Sign/${id}`, { online: true, shownRevision: 1 });
		const page = await openWall();
		const words = article(page, id).locator('.look');
		const looks = () => looksOf(page, id);
		expect(await looks()).toEqual({ look: 'shown', border: 'solid', isHatched: false, light: 1 });
		expect(await words.textContent()).toBe('');
		const before = await coloursOf(page, id);
		const sent = { look: 'sent', border: 'dashed', isHatched: true, light: 0.45 };

		await rest('PATCH', `/Sign/${id}`, { brightness: 14 });
		await words.filter({ hasText: 'Sent, not shown' }).waitFor();
		await expect.poll(looks).toEqual(sent);
		await rest('PATCH', `/Sign/${id}`, { brightness: 15 });
		await rest('PATCH', `/Sign/${id}`, { shownRevision: 3 });
		await words.filter({ hasText: /^$/ }).waitFor({ state: 'hidden' });
		await expect.poll(looks).toMatchObject({ look: 'shown', light: 1 });

		await rest('PATCH', `/Sign/${id}`, { online: false });
		await words.filter({ hasText: 'Last shown' }).waitFor();
		await expect.poll(looks).toEqual(sent);
		expect(await coloursOf(page, id)).toEqual(before); // the dots stay what they are: only the page dims them
	});

	test('distinguishes power off, no message and the dark half of a blink, and names no dark sign by its message', async () => {
		const signs = {
			'Power off': await makeSign({ message: 'Closed', power: false }),
			'No message': await makeSign({ message: ' ' }),
			'Blinks': await makeSign({ message: 'alarm', effect: 'blink' }),
			'': await makeSign({ message: 'Open' }),
		};
		const page = await openWall({ prepare: freeze(DARK) });
		const names: Record<string, string | null> = {};
		for (const [words, id] of Object.entries(signs)) {
			expect(await article(page, id).locator('.darkness').textContent()).toBe(words);
			expect(countLit(await dotsOf(page, id)) > 0, words).toBe(words === '');
			names[words] = await article(page, id).getByRole('img').getAttribute('aria-label');
		}
		expect(names).toEqual({
			'Power off': 'Dark: power off',
			'No message': 'No message',
			'Blinks': 'alarm',
			'': 'Open',
		});
	});

	test('shows the whole text in letters below the matrix, which a screen reader reads once', async () => {
		const message = 'Mind the gap between the train and the platform. '.repeat(6).slice(0, 252);
		const [long, hebrew] = [await makeSign({ message }), await makeSign({ message: 'שלום עולם' })];
		const page = await openWall({ viewport: { width: 320, height: 640 } });
		const whole = article(page, long).locator('.whole');
		const shown = () =>
			whole.evaluate((text) => {
				const { width, bottom } = text.getBoundingClientRect();
				const { clientWidth } = document.documentElement;
				const foot = text.closest('article')!.querySelector('footer')!.getBoundingClientRect();
				return {
					letters: text.textContent,
					fits: text.scrollWidth <= width && width < clientWidth && bottom <= foot.top,
				};
			});
		await whole.waitFor();
		expect(await shown()).toEqual({ letters: message, fits: true });
		expect(
			await article(page, hebrew)
				.locator('.whole')
				.evaluate((text) => getComputedStyle(text).direction)
		).toBe('rtl');
		expect(await article(page, long).ariaSnapshot()).not.toContain(`text: ${message.slice(0, 20)}`);
		await article(page, long).getByRole('img', { name: message.trim(), exact: true }).waitFor();
		// what a dark sign would show is no name of its picture: there the text is read
		await rest('PATCH', `/Sign/${long}`, { power: false });
		await article(page, long).getByRole('img', { name: 'Dark: power off', exact: true }).waitFor();
		expect(await article(page, long).ariaSnapshot()).toContain(message.slice(0, 20));
	});

	test('shows when the message was changed, which no report of the device changes', async () => {
		const page = await openWall();
		const id = await makeSign({ message: 'Gate 12' });
		const { updatedAt } = (await rest('GET', `/Sign/${id}`)).json();
		const changedAt = () => article(page, id).locator('.changed time').getAttribute('datetime');
		expect(await changedAt()).toBe(updatedAt);
		await rest('PATCH', `/Sign/${id}`, { online: true, shownRevision: 1 });
		await article(page, id).getByText('Showing', { exact: true }).waitFor();
		expect(await changedAt()).toBe(updatedAt);
		await page.reload();
		await untilState(page, 'Live');
		expect(await changedAt()).toBe(updatedAt);
		await rest('PATCH', `/Sign/${id}`, { message: 'Gate 14' });
		await article(page, id).getByRole('img', { name: 'Gate 14' }).waitFor();
		expect(await changedAt()).toBe((await rest('GET', `/Sign/${id}`)).json().updatedAt);
	});

	test('links each sign, by name, to a screen that is the sign', async () => {
		const id = await makeSign({ message: 'Gate 12' });
		const page = await openWall();
		const named = page.getByRole('article', { name: id, exact: true });
		await named.getByRole('link', { name: `Open ${id} as a screen`, exact: true }).click();
		await page.waitForURL(`${url}/?sign=${id}`);
		await untilDots(page, undefined, (dots) => countLit(dots) > 100);
	});
});
