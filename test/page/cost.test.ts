/**
 * The page on a Harper of its own: the empty wall, and the cost of a wall of 200 signs. Frames in a second and long tasks depend on
 * the machine, so they are printed and not asserted.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { article, countLit, describePage, openPage, untilDots, untilFrame, untilState } from './browser.ts';
import { eventually } from '../support/feed.ts';
import { runLine } from '../support/program.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const SIGNS = 200;
const SCROLLING = 50;
const LAPTOP = { width: 1440, height: 900 };
const ALL_IN_VIEW = { width: 3840, height: 2160 };

let harper: TemporaryHarper;

const put = async (id: string, fields: object) => {
	const headers = { 'Content-Type': 'application/json' };
	const response = await fetch(`${harper.url}/Sign/${id}`, { method: 'PUT', headers, body: JSON.stringify(fields) });
	if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
};
const idOf = (number: number) => `sign-${String(number).padStart(3, '0')}`;

/** Counts the pictures drawn on each sign's canvas: what is drawn in one frame is one. */
function countPictures() {
	const drawn: Record<string, number> = {};
	const last: Record<string, unknown> = {};
	const { drawImage } = CanvasRenderingContext2D.prototype;
	CanvasRenderingContext2D.prototype.drawImage = function (...words: unknown[]) {
		const id = this.canvas.closest('article')?.dataset.id;
		const frame = document.timeline.currentTime;
		if (id && last[id] !== frame) drawn[id] = (drawn[id] ?? 0) + 1;
		if (id) last[id] = frame;
		return (drawImage as (...words: unknown[]) => void).apply(this, words);
	};
	Object.assign(window, { drawn });
}

/** Notes when the first picture is drawn on a sign's canvas. */
function noteFirstDrawing() {
	for (const name of ['drawImage', 'putImageData', 'fillRect'] as const) {
		const draw = CanvasRenderingContext2D.prototype[name] as (...words: unknown[]) => void;
		Object.assign(CanvasRenderingContext2D.prototype, {
			[name](this: CanvasRenderingContext2D, ...words: unknown[]) {
				if (this.canvas.closest('article'))
					Object.assign(window, { drawnAt: Object(window).drawnAt ?? performance.now() });
				return draw.apply(this, words);
			},
		});
	}
}
/** What the page had received when it drew its first sign, in bytes. */
function bytesAtFirstDrawing() {
	const { drawnAt } = window as unknown as { drawnAt: number };
	const received = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
	return (received as PerformanceResourceTiming[])
		.filter(({ responseEnd }) => responseEnd <= drawnAt)
		.reduce((sum, { transferSize }) => sum + transferSize, 0);
}
const drawnOf = (page: Page) =>
	page.evaluate(() => ({ ...(window as unknown as { drawn: Record<string, number> }).drawn }));
const settle = (page: Page) => page.evaluate(() => new Promise((done) => setTimeout(done, 500)));

/** The signs that were drawn while `action` ran, and how often. */
async function drawnWhile(page: Page, action: () => Promise<unknown>): Promise<Record<string, number>> {
	const before = await drawnOf(page);
	await action();
	const counts = Object.entries(await drawnOf(page)).map(([id, count]) => [id, count - (before[id] ?? 0)] as const);
	return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

describePage('a wall of its own', () => {
	beforeAll(async () => {
		harper = await startTemporaryHarper({ authorizeLocal: true });
	});
	afterAll(() => harper?.remove());

	test('shows on an empty wall a line that makes the first sign', async () => {
		const page = await openPage(harper.url);
		await untilState(page, 'Live');
		await page.getByRole('heading', { name: 'No sign yet' }).waitFor();
		const line = await eventually(
			async () => (await page.locator('#empty code').textContent()) ?? '',
			(text) => text.startsWith('curl')
		);
		await runLine(line.replace('curl', 'curl -sf'));
		await article(page, 'lobby').getByRole('img', { name: 'Hello' }).waitFor();
		expect(await page.getByRole('heading', { name: 'No sign yet' }).isVisible()).toBe(false);
		expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(false);
		await page.getByRole('button', { name: 'Change lobby' }).waitFor();
		await fetch(`${harper.url}/Sign/lobby`, { method: 'DELETE' });
		await page.getByRole('heading', { name: 'No sign yet' }).waitFor();
	});

	test('is painted with less than 120 kB, and asks no foreign host', async () => {
		await put(idOf(0), { message: 'first' });
		const hosts = new Set<string>();
		const page = await openPage(harper.url, {
			prepare: async (page) => {
				page.on('request', (request) => hosts.add(new URL(request.url()).host));
				await page.addInitScript(noteFirstDrawing);
			},
		});
		await untilDots(page, idOf(0), (dots) => countLit(dots) > 50);
		const bytes = await page.evaluate(bytesAtFirstDrawing);
		await page.getByRole('button', { name: `Change ${idOf(0)}` }).waitFor(); // what is loaded afterwards
		expect([...hosts]).toEqual([new URL(harper.url).host]);
		expect(bytes).toBeGreaterThan(10_000);
		expect(bytes).toBeLessThan(120_000);
		console.log(`first paint: ${bytes} bytes`);
	});

	test('of 200 signs draws what moves in view, and one sign for a change of one', { timeout: 120_000 }, async () => {
		const isMoving = (number: number) => number < SCROLLING || number === SIGNS - 1;
		for (let number = 0; number < SIGNS; number++)
			await put(idOf(number), { message: `Sign ${number}`, effect: isMoving(number) ? 'scroll' : 'static' });
		const page = await openPage(harper.url, {
			viewport: LAPTOP,
			prepare: (page) => page.addInitScript(countPictures),
		});
		await untilState(page, 'Live');
		expect(await page.getByRole('article').count()).toBe(SIGNS);
		await settle(page);
		for (const size of [ALL_IN_VIEW, LAPTOP]) {
			await page.setViewportSize(size);
			await settle(page);
			console.log(`${size.width} x ${size.height}: ${await measured(page)}`);
		}
		const inView = await drawnWhile(page, () => settle(page));
		expect(Object.keys(inView).length).toBeGreaterThan(3);
		expect(Object.keys(inView).length).toBeLessThan(SCROLLING);

		await page.getByRole('button', { name: 'Stop motion' }).click();
		await untilFrame(page);
		expect(await drawnWhile(page, () => settle(page))).toEqual({});

		const changed = await drawnWhile(page, async () => {
			await put(idOf(3), { message: 'changed' });
			await put(idOf(SIGNS - 1), { message: 'not in view' });
			await article(page, idOf(SIGNS - 1))
				.getByRole('img', { name: 'not in view' })
				.waitFor();
			await settle(page);
		});
		expect(changed).toEqual({ [idOf(3)]: 1 });

		const seen = await drawnWhile(page, async () => {
			await untilDots(page, idOf(SIGNS - 1), (dots) => countLit(dots) > 50);
		});
		expect(Object.keys(seen)).toContain(idOf(SIGNS - 1));
	});
});

/** Frames in a second and long tasks, over five seconds. */
function measured(page: Page): Promise<string> {
	return page.evaluate(async () => {
		const long: number[] = [];
		new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({
			type: 'longtask',
		});
		let frames = 0;
		const start = performance.now();
		await new Promise<void>((done) => {
			const count = () => {
				frames++;
				if (performance.now() - start > 5_000) done();
				else requestAnimationFrame(count);
			};
			requestAnimationFrame(count);
		});
		const rate = (frames / (performance.now() - start)) * 1_000;
		const longest = Math.round(Math.max(0, ...long));
		return `200 signs, 50 scrolling: ${rate.toFixed(1)} frames in a second, ${long.length} long tasks, the longest ${longest} ms`;
	});
}
