/**
 * A real Chromium for the tests of the page: opens pages with their own login, and reads the dots from their canvases.
 * Each test file that calls `describePage` has one browser.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import { hasChromium, launchChromium, NO_CHROMIUM } from '../../tools/chromium.ts';
import { screenSize, WALL_SIZE } from '../../web/matrix-size.js';
import { readColours, selectorOf, toDots, untilDrawn, type Dots } from './dots.ts';
import { eventually } from '../support/feed.ts';

export { countLit } from './dots.ts';

let browser: Browser;

/** Tests that need Chromium. Where it is missing, CI fails; elsewhere they are skipped with the reason. */
export function describePage(name: string, tests: () => void): void {
	if (!hasChromium && !process.env.CI) return void describe(name, () => test.skip(NO_CHROMIUM, () => {}));
	describe(name, () => {
		beforeAll(async () => {
			browser = await launchChromium();
		});
		afterAll(() => browser?.close());
		tests();
	});
}

export interface PageOptions extends BrowserContextOptions {
	/** Logs in with it before the page is opened. */
	account?: { username: string; password: string };
	/** Does something to the empty page before it is opened. */
	prepare?: (page: Page) => Promise<unknown>;
}

/** Opens a page in a browser context without history. The test fails if the page's script reports an error. */
export async function openPage(address: string, { account, prepare, ...options }: PageOptions = {}): Promise<Page> {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
	const page = await context.newPage();
	const errors: Error[] = [];
	page.on('pageerror', (error) => errors.push(error));
	onTestFinished(async () => {
		await context.close();
		if (errors.length) throw errors[0];
	});
	if (account) {
		const answer = await context.request.post(new URL('/Session', address).href, { data: account });
		if (!answer.ok()) throw new Error(`The login answers ${answer.status()}`);
	}
	await prepare?.(page);
	await page.goto(address);
	return page;
}

/** Stops the page's clock, so that moving signs show the same picture on every page. */
export const freeze = (time: number) => (page: Page) => page.clock.setFixedTime(time);

export const status = (page: Page) => page.getByRole('status');
export const article = (page: Page, id: string) =>
	page.getByRole('article').filter({ has: page.getByRole('heading', { name: id, exact: true }) });

/** Waits until the state of the connection begins with these words. */
export async function untilState(page: Page, words: string, timeout = 15_000): Promise<void> {
	await status(page).filter({ hasText: words }).waitFor({ timeout });
}

/** Waits until a page of an account has loaded what follows its first drawing. The last answer says whether one can sign out. */
export async function untilAllIsLoaded(page: Page): Promise<void> {
	await page.locator('#sign-out:not([hidden])').waitFor({ state: 'attached' });
	if (!page.url().includes('?sign=')) await page.locator('#tools:enabled').waitFor({ state: 'attached' });
}

/** Waits until the page shows what it knows. An observer of sizes is called at the end of the first frame. */
export const untilFrame = (page: Page) =>
	page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

/**
 * What a canvas shows, read from its pixels.
 * @param id of the sign; without one the sign that fills the screen
 */
export const dotsOf = async (page: Page, id?: string): Promise<Dots> => toDots(await coloursOf(page, id));

/** The colours of all dots, row by row, each as red, green and blue. */
export async function coloursOf(page: Page, id?: string): Promise<number[][][]> {
	const canvas = id ? article(page, id).getByRole('img') : page.locator('#screen');
	const { width, height } = page.viewportSize()!;
	const scale = await page.evaluate(() => devicePixelRatio);
	const size = id ? WALL_SIZE : screenSize(width * scale, height * scale);
	return untilDrawn(async () => {
		await canvas.scrollIntoViewIfNeeded();
		return page.evaluate(readColours, { selector: selectorOf(id), ...size });
	});
}

/** Waits until a sign's dots pass `accept`. */
export const untilDots = (page: Page, id: string | undefined, accept: (dots: Dots) => boolean) =>
	eventually(() => dotsOf(page, id), accept);

/** Waits until all pages show a sign in the same colours, dot by dot, which differ from `before`. */
export async function untilSame(pages: Page[], id: string, before = ''): Promise<string> {
	const [same] = await eventually(
		() => Promise.all(pages.map(async (page) => JSON.stringify(await coloursOf(page, id)))),
		(pictures) => new Set(pictures).size === 1 && pictures[0] !== before
	);
	return same!;
}
