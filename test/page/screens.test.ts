/** The page by touch, at a zoom of 400 %, and in colours that the system forces. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, describePage, untilState, type PageOptions } from './browser.ts';
import { makeSign, openWall } from './views.ts';
import { newId, rest, url } from '../support/clients.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
/** A window of 1280 x 1024 at 400 %. */
const ZOOMED = { viewport: { width: 320, height: 256 } };
/** As many controls as a test tries by Tab. */
const TABS = 25;

async function openWallWithSign(options: PageOptions) {
	const id = await makeSign({ message: 'Gate 12', location: 'hall' }, 'screens');
	await rest('PATCH', `/Sign/${id}`, { online: true, shownRevision: 1 });
	const page = await openWall(options);
	await article(page, id).waitFor();
	return { page, id };
}

/** What a person can touch, and is less than 44 pixels wide or high. Links within a text are as high as its line. */
const smallTargets = (page: Page) =>
	page.evaluate(() => {
		const all = Array.from(document.querySelectorAll<HTMLElement>('button, a[href], input, select, summary'));
		const targets = all.filter((target) => target.checkVisibility() && !target.closest('p'));
		const small = targets
			.map((target) => {
				const area = target.matches('[type=checkbox]') ? (target.closest('label') ?? target) : target;
				return { name: target.ariaLabel ?? target.textContent, ...area.getBoundingClientRect().toJSON() };
			})
			.filter(({ width, height }) => width < 44 || height < 44)
			.map(({ name, width, height }) => `${name}: ${width} x ${height}`);
		return { count: targets.length, small };
	});

/** The name of the element that has the focus, when a person does not see its middle; otherwise nothing. */
const coveredFocus = (page: Page) =>
	page.evaluate(() => {
		const target = document.activeElement!;
		if (target === document.body) return ''; // between the last control and the first
		const { left, top, width, height } = target.getBoundingClientRect();
		const seen = document.elementFromPoint(left + width / 2, top + height / 2);
		return target.contains(seen) ? '' : (target.ariaLabel ?? target.id);
	});

describePage('the page', () => {
	test('has no target smaller than 44 pixels for a finger: on the wall, at the desk and the login, and on a screen', async () => {
		const { page, id } = await openWallWithSign(PHONE);
		const wall = await smallTargets(page);
		expect(wall.count).toBeGreaterThan(3);
		expect(wall.small).toEqual([]);
		await page.getByRole('button', { name: `Change ${id}`, exact: true }).tap();
		await page.locator('#chosen').getByLabel('Message').waitFor();
		expect((await smallTargets(page)).small).toEqual([]);
		await page.goto(`${url}/?sign=${id}`);
		await untilState(page, 'Live');
		await page.touchscreen.tap(100, 100);
		await page.getByRole('button', { name: 'Full screen' }).waitFor();
		expect(await smallTargets(page)).toEqual({ count: 1, small: [] });
		await page.context().clearCookies();
		await page.goto(url);
		await untilState(page, 'Signed out');
		await page.getByLabel('Username').waitFor();
		const login = await smallTargets(page);
		expect(login.count).toBeGreaterThanOrEqual(3);
		expect(login.small).toEqual([]);
	});

	test('covers no control that has the focus at a zoom of 400 %, and needs no scrolling to the side', async () => {
		const { page } = await openWallWithSign(ZOOMED);
		await page.locator('#tools:enabled').waitFor();
		const width = () => page.evaluate(() => document.documentElement.scrollWidth);
		expect(await width()).toBeLessThanOrEqual(ZOOMED.viewport.width);
		for (const name of Array.from({ length: 4 }, () => newId('z-screens'))) await rest('PUT', `/Sign/${name}`, {});
		for (const key of ['Tab', 'Shift+Tab'])
			for (let count = 0; count < TABS; count++) {
				await page.keyboard.press(key);
				// signs of other tests come and go, and move what is in view for a moment
				await expect.poll(() => coveredFocus(page), { message: `after ${key} ${count}` }).toBe('');
			}
	});

	test('shows the housing, the state and the choice in forced colours by borders', async () => {
		const { page, id } = await openWallWithSign({ forcedColors: 'active' });
		const looks = (id: string) =>
			article(page, id).evaluate((root) => {
				const styleOf = (selector: string, pseudo?: string) => {
					const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(
						selector ? root.querySelector(selector)! : root,
						pseudo
					);
					return { style: borderTopStyle, width: parseFloat(borderTopWidth), color: borderTopColor, backgroundColor };
				};
				return { card: styleOf('', '::before'), housing: styleOf('.housing'), dot: styleOf('.presence', '::before') };
			});
		const online = await looks(id);
		expect(online.housing).toMatchObject({ style: 'solid', width: 2 });
		expect(online.housing.color).not.toBe(online.housing.backgroundColor);
		const room = article(page, id).locator('.room');
		expect(await room.evaluate((room) => getComputedStyle(room).backgroundColor)).toBe('rgb(10, 10, 10)');

		await rest('PATCH', `/Sign/${id}`, { online: false });
		await article(page, id).getByText('Offline', { exact: true }).waitFor();
		const offline = await looks(id);
		expect(offline.housing.style).toBe('dashed');
		expect(offline.dot.width).toBeLessThan(online.dot.width);

		await page.getByRole('button', { name: `Change ${id}` }).click();
		await expect.poll(async () => (await looks(id)).card.width).toBe(4);
		expect((await looks(id)).card.color).not.toBe(online.card.color);
	});
});
