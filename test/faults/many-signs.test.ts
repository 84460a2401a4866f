/**
 * Breaks: ten thousand signs on one page.
 * Promised: what the page does for a change of one sign does not depend on their number, loading them grows no faster than
 * their number, and only what is near the view has pixels. Times depend on the machine: they are printed, ratios are asserted.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePage, openPage, untilState } from '../page/browser.ts';
import type { Server } from '../support/clients.ts';
import { fillServer, writeSign } from '../support/many-signs.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const MINUTES = { timeout: 300_000 };
const FEW = 1_000;
const MANY = 10_000;
const HALLS = 20;
const CHANGES = 100;
const STEPS = 20;
/** Each figure is the best of this many rounds, few and many in turn: other work on the machine only adds to it. */
const ROUNDS = 5;

let few: TemporaryHarper;
let many: TemporaryHarper;

/** In ms: from the request of the page until it is live. */
async function timeToLoad({ url }: Server): Promise<number> {
	const start = performance.now();
	const page = await openPage(url);
	await untilState(page, 'Live', 120_000);
	const time = performance.now() - start;
	await page.context().close();
	return time;
}

/** In ms that the page's main thread computes, for each of many changes of signs in view and out of it. */
async function timeForChange(page: Page, { url }: Server): Promise<number> {
	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const busy = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1_000;
	};
	const before = await busy();
	for (let number = 0; number < CHANGES; number++) {
		const id = number % 2 ? `sign-${number % 10}` : `sign-${FEW - 1 - number}`;
		await writeSign(url, id, { message: `Change ${number} at ${performance.now()}` });
	}
	const last = `The last at ${performance.now()}`;
	const shown = untilShown(page, last);
	await writeSign(url, 'sign-0', { message: last });
	await shown;
	return ((await busy()) - before) / (CHANGES + 1);
}

/** Without a look at the other signs, which would be measured too. */
const untilShown = (page: Page, text: string) =>
	page.evaluate((text) => {
		const sign = document.querySelector('[data-id="sign-0"]')!;
		return new Promise<void>((done) => {
			const look = () => sign.outerHTML.includes(text) && done();
			new MutationObserver(look).observe(sign, {
				subtree: true,
				childList: true,
				characterData: true,
				attributes: true,
			});
			look();
		});
	}, text);

async function openLive({ url }: Server): Promise<Page> {
	const page = await openPage(url);
	await untilState(page, 'Live', 120_000);
	await page.locator('#tools:enabled').waitFor();
	return page;
}

/** The best of the rounds for many signs, of that for few. */
async function compare(name: string, rounds: number, ofFew: () => Promise<number>, ofMany: () => Promise<number>) {
	const figures: { few: number[]; many: number[] } = { few: [], many: [] };
	for (let round = 0; round < rounds; round++) {
		figures.few.push(await ofFew());
		figures.many.push(await ofMany());
	}
	const [best, bestOfMany] = [Math.min(...figures.few), Math.min(...figures.many)];
	console.log(`${name}: ${best.toFixed(2)} ms with ${FEW} signs, ${bestOfMany.toFixed(2)} ms with ${MANY}`);
	return bestOfMany / best;
}

describePage('a wall of 10,000 signs', () => {
	beforeAll(async () => {
		[few, many] = await Promise.all([
			startTemporaryHarper({ authorizeLocal: true }),
			startTemporaryHarper({ authorizeLocal: true }),
		]);
		const fieldsOf = (number: number) => ({ message: `Text of ${number}`, location: `Hall ${number % HALLS}` });
		await fillServer(few.url, FEW, fieldsOf);
		await fillServer(many.url, MANY, fieldsOf);
	}, 180_000);
	afterAll(() => Promise.all([few?.remove(), many?.remove()]));

	test('is live after a time that grows with them', MINUTES, async () => {
		const ratio = await compare(
			'live',
			3,
			() => timeToLoad(few),
			() => timeToLoad(many)
		);
		expect(ratio).toBeLessThan(13);
	});

	test('does as much for a change as one of 1,000', MINUTES, async () => {
		const [pageOfFew, pageOfMany] = [await openLive(few), await openLive(many)];
		const ratio = await compare(
			'a change',
			ROUNDS,
			() => timeForChange(pageOfFew, few),
			() => timeForChange(pageOfMany, many)
		);
		expect(ratio).toBeLessThan(1.5);
	});

	test('has pixels and contents only for the signs near the view, after all of it was in view', MINUTES, async () => {
		const hall = await countAfterScrolling('/?location=Hall+1');
		const all = await countAfterScrolling('/?view=matrix');
		console.log('articles, canvases with pixels, signs with contents:', hall, all);
		expect(hall.articles).toBe(MANY / HALLS);
		expect(all.articles).toBe(MANY);
		for (const { canvases } of [hall, all]) {
			expect(canvases).toBeGreaterThan(0);
			expect(canvases).toBeLessThan(100);
		}
		expect(all.filled).toBeLessThan(200);
	});
});

async function countAfterScrolling(query: string) {
	const page = await openPage(`${many.url}${query}`);
	await untilState(page, 'Live', 120_000);
	for (let step = 1; step <= STEPS; step++) {
		await page.evaluate((part) => scrollTo(0, document.documentElement.scrollHeight * part), step / STEPS);
		await page.waitForFunction(() =>
			[...document.querySelectorAll<HTMLCanvasElement>('article canvas')].some((canvas) => {
				const { top, bottom } = canvas.getBoundingClientRect();
				return canvas.width > 1 && canvas.style.width && bottom > 0 && top < innerHeight;
			})
		);
	}
	return page.evaluate(() => {
		const canvases = [...document.querySelectorAll<HTMLCanvasElement>('article canvas')];
		return {
			articles: document.querySelectorAll('article').length,
			// one that was never near the view has its first size, and no style; one that has left it has a single pixel
			canvases: canvases.filter(({ width, style }) => width > 1 && style.width).length,
			filled: canvases.length,
		};
	});
}
