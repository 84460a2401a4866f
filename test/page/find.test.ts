/** The wall of 1,000 signs on a Harper of its own: signs are found, chosen and reached by the keyboard. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { article, describePage, openPage, untilFrame, untilState } from './browser.ts';
import { fillServer, writeSign } from '../support/many-signs.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const SIGNS = 1_000;
/** Hall 0 has the signs 0, 20, 40 …: fifty of them. */
const HALLS = 20;

let harper: TemporaryHarper;

const idsOf = (page: Page) => page.getByRole('article').getByRole('heading').allTextContents();
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
/** Not in the text for screen readers, which has the same words after a pause. */
const found = (page: Page, words: string) =>
	page
		.locator('#shown-count, #chosen-count')
		.and(page.getByText(words, { exact: true }))
		.waitFor();

/** Opens a wall, and waits until its toolbar can be used. */
async function openWall(query = '', options: Parameters<typeof openPage>[1] = {}) {
	const page = await openPage(`${harper.url}/${query}`, options);
	await untilState(page, 'Live');
	await page.locator('#tools:enabled').waitFor();
	await page.locator('body.writes').waitFor();
	return page;
}

describePage('a wall of 1,000 signs', () => {
	beforeAll(async () => {
		harper = await startTemporaryHarper({ authorizeLocal: true });
		await fillServer(harper.url, SIGNS, (number) => ({
			message: number === 500 ? 'Café fermé' : `Text of ${number}`,
			location: `Hall ${number % HALLS}`,
			online: number < 3,
		}));
		for (const number of [0, 1]) await writeSign(harper.url, `sign-${number}`, { shownRevision: 1 });
	});
	afterAll(() => harper?.remove());

	test('a sign is reached and changed by the keyboard in five steps', async () => {
		const page = await openWall();
		const steps = [
			() => page.keyboard.press('/'),
			() => page.keyboard.type('SIGN-777'),
			() => page.keyboard.press('Enter'),
			async () => {
				await expect.poll(() => page.evaluate(() => document.activeElement?.closest('#desk') !== null)).toBe(true);
				await page.keyboard.type('Open again');
			},
			() => page.keyboard.press('Enter'),
		];
		for (const step of steps) await step();
		expect(steps.length).toBe(5);
		await article(page, 'sign-777').getByRole('img', { name: 'Open again' }).waitFor();
	});

	test('the search goes through id, message and location, and the arrows through what it finds', async () => {
		const page = await openWall();
		await found(page, 'Showing 1000 of 1000 signs');
		await page.getByLabel('Search').fill('ferme CAFE');
		await found(page, 'Showing 1 of 1000 signs');
		expect(await idsOf(page)).toEqual(['sign-500']);
		await page.getByLabel('Search').fill('HALL sign-99');
		await found(page, 'Showing 11 of 1000 signs');
		expect((await idsOf(page)).slice(0, 3)).toEqual(['sign-99', 'sign-990', 'sign-991']);
		const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.id ?? 'Search');
		for (const [key, name] of [
			['ArrowDown', 'sign-99'],
			['ArrowDown', 'sign-990'],
			['ArrowUp', 'sign-99'],
			['ArrowUp', 'Search'],
		] as const) {
			await page.keyboard.press(key);
			expect(await focused()).toBe(name);
		}
		await page.getByLabel('Search').fill('nothing has this');
		await page.getByRole('heading', { name: 'No sign matches' }).waitFor();
		await button(page, 'Show all signs').click();
		await found(page, 'Showing 1000 of 1000 signs');
		expect(await page.getByLabel('Search').inputValue()).toBe('');
	});

	test('the counters filter, and count what changes', async () => {
		const page = await openWall();
		const names = () => page.getByRole('group', { name: 'Show' }).getByRole('button').allInnerTexts();
		expect(await names()).toEqual(['All 1000', 'Offline 997', 'Not showing 998', 'Refused 0']);
		await page.getByLabel('Location filter').selectOption('Hall 2');
		await expect.poll(names).toEqual(['All 50', 'Offline 49', 'Not showing 50', 'Refused 0']);
		await button(page, /^Not showing/).click();
		await found(page, 'Showing 50 of 1000 signs');
		await writeSign(harper.url, 'sign-2', { shownRevision: 1 });
		await found(page, 'Showing 49 of 1000 signs');
		await button(page, /^Offline 49/).click();
		await writeSign(harper.url, 'sign-2', { online: false });
		await found(page, 'Showing 50 of 1000 signs');
		await writeSign(harper.url, 'sign-2', { online: true, shownRevision: 0 });
	});

	test('a wall of one hall is a link, and the page keeps its address', async () => {
		const page = await openWall('?location=Hall+3&group=location');
		await page.getByRole('heading', { name: 'Hall 3 50 signs' }).waitFor();
		expect((await idsOf(page)).slice(0, 2)).toEqual(['sign-3', 'sign-23']);
		await button(page, 'Group by location').click();
		await button(page, 'Compact').click();
		await button(page, /^Offline/).click();
		await page.getByLabel('Search').fill('sign-23');
		await expect.poll(() => page.url()).toMatch(/\?search=sign-23&location=Hall\+3&show=offline&view=compact$/);
		await page.goto('about:blank');
		await page.goBack();
		await found(page, 'Showing 1 of 1000 signs');
		expect(await idsOf(page)).toEqual(['sign-23']);
		expect(await page.locator('canvas').count()).toBe(1); // that of the screen: a compact wall has none
	});

	test('a line says why its sign is dark, and opens it as a screen', async () => {
		await writeSign(harper.url, 'sign-8', { power: false });
		await writeSign(harper.url, 'sign-28', { message: '' });
		const page = await openWall('?location=Hall+8&view=compact');
		await article(page, 'sign-8').getByText('Power off', { exact: true }).waitFor();
		await article(page, 'sign-28').getByText('No message', { exact: true }).waitFor();
		expect(await article(page, 'sign-8').getByRole('link').getAttribute('href')).toBe('/?sign=sign-8');
	});

	test('nothing moves when the first sign is chosen', async () => {
		const page = await openWall('?location=Hall+9&view=matrix');
		for (const width of [1440, 1280, 390]) {
			await page.setViewportSize({ width, height: 900 });
			const top = () => article(page, 'sign-9').evaluate((root) => root.getBoundingClientRect().top);
			const before = await top();
			await page.getByLabel('Choose sign-9', { exact: true }).check();
			await found(page, '1 chosen');
			expect(await top(), `${width}`).toBe(before);
			await button(page, 'Choose none').click();
		}
	});

	test('chooses several: by boxes, with Ctrl, with Shift from the last, and all that are shown', async () => {
		const page = await openWall('?location=Hall+4&view=matrix');
		const chosen = () => page.locator('article[data-chosen]').getByRole('heading').allTextContents();
		const body = (id: string) => article(page, id).locator('footer');
		await page.getByLabel('Choose sign-4', { exact: true }).press('Space');
		await found(page, '1 chosen');
		await body('sign-24').click();
		expect(await chosen()).toEqual(['sign-4']);
		await body('sign-24').click({ modifiers: ['ControlOrMeta'] });
		await body('sign-84').click({ modifiers: ['Shift'] });
		await found(page, '5 chosen');
		expect(await chosen()).toEqual(['sign-4', 'sign-24', 'sign-44', 'sign-64', 'sign-84']);
		await button(page, 'Choose all shown').click();
		await found(page, '50 chosen');
		await fetch(`${harper.url}/Sign/sign-44`, { method: 'DELETE' });
		await found(page, '49 chosen');
		await button(page, 'Choose none').click();
		expect(await chosen()).toEqual([]);
	});

	test('the state of the connection stays in view, and no control is below the bar', async () => {
		const page = await openWall('?view=matrix&location=Hall+5');
		for (const size of [
			{ width: 1280, height: 900 },
			{ width: 390, height: 844 },
			{ width: 320, height: 225 },
		]) {
			await page.setViewportSize(size);
			await untilFrame(page); // the page measures its bar
			await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
			const change = button(page, 'Change sign-505');
			await change.blur();
			await change.focus();
			const tops = await page.evaluate(() => {
				const rectOf = (element: Element) => element.getBoundingClientRect();
				return [rectOf(document.querySelector('#connection')!), rectOf(document.querySelector('#top')!)].map(
					({ top, bottom }) => ({ top, bottom })
				);
			});
			expect(tops[0]!.top, `${size.width}`).toBeGreaterThanOrEqual(0);
			expect(tops[1]!.bottom, `${size.width}`).toBeLessThan(size.height * 0.25);
			expect((await change.boundingBox())!.y, `${size.width}`).toBeGreaterThanOrEqual(tops[1]!.bottom);
		}
	});
});
