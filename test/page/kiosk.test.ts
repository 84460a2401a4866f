/** `/?sign=<id>`: a screen shows one sign. */
import { expect, test } from 'vitest';
import { coloursOf, countLit, describePage, dotsOf, openPage, untilDots, untilState } from './browser.ts';
import { newId, rest, url } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

async function openScreen(fields: object, options: Parameters<typeof openPage>[1] = {}) {
	const id = newId('screen');
	await rest('PUT', `/Sign/${id}`, fields);
	const page = await openPage(`${url}/?sign=${id}`, { account: ADMIN, ...options });
	await untilState(page, 'Live');
	return { id, page };
}

describePage('a screen that is a sign', () => {
	test.for([
		[390, 844],
		[1280, 720],
		[3840, 2160],
	])('is filled by it at %i x %i, without scroll bars', async ([width, height]) => {
		const { page } = await openScreen({ message: 'Hi' }, { viewport: { width: width!, height: height! } });
		await untilDots(page, undefined, (dots) => countLit(dots) > 100);
		const box = (await page.locator('#screen').boundingBox())!;
		for (const [side, whole] of [
			[box.width, width!],
			[box.height, height!],
		] as const) {
			expect(side).toBeLessThanOrEqual(whole);
			expect(side).toBeGreaterThan(whole * 0.97 - 4);
		}
		const overflow = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
		expect(overflow).toBeLessThanOrEqual(0);
	});

	test('follows its sign, and shows no other', async () => {
		const { id, page } = await openScreen({ message: 'one', color: '#ff0000' });
		const one = await untilDots(page, undefined, (dots) => countLit(dots) > 100);
		await rest('PATCH', `/Sign/${newId('another')}`, { message: 'not here' });
		await rest('PATCH', `/Sign/${id}`, { message: 'two' });
		await page.getByRole('img', { name: 'two' }).waitFor();
		await untilDots(page, undefined, (dots) => countLit(dots) > 100 && dots.join() !== one.join());
		expect(await page.getByRole('article').count()).toBe(0);
		await rest('DELETE', `/Sign/${id}`);
		await page.getByText(`There is no sign ${id} yet`).waitFor();
		await untilDots(page, undefined, (dots) => countLit(dots) === 0);
		await rest('PUT', `/Sign/${id}`, { message: 'again', color: '#00ff00' });
		await untilDots(page, undefined, (dots) => countLit(dots) > 100);
		expect(await page.getByText('There is no sign').count()).toBe(0);
	});

	test('breaks a text that is too long for a line, and shows it as large as it can', async () => {
		const { id, page } = await openScreen({ message: 'Gate' });
		const rows = async () => (await dotsOf(page)).map((row) => row.includes('#'));
		const lines = async () => (await rows()).filter((lit, row, all) => lit && !all[row - 1]).length;
		const tall = await eventually(
			async () => (await rows()).filter(Boolean).length,
			(lit) => lit > 20
		);
		await rest('PATCH', `/Sign/${id}`, { message: 'NOW ON AIR FROM ROOM ONE' });
		await expect.poll(lines).toBeGreaterThan(1);
		expect((await rows()).filter(Boolean).length).toBeGreaterThan(tall / 2);
	});

	test('hides the pointer, stays awake, and fills the whole screen at the key F', async () => {
		const watchLock = () => {
			const { wakeLock } = navigator;
			const request = wakeLock.request.bind(wakeLock);
			wakeLock.request = (type) => ((document.documentElement.dataset.lock = type), request(type));
		};
		const { page } = await openScreen({ message: 'Hi' }, { prepare: (page) => page.addInitScript(watchLock) });
		expect(await page.locator('#screen').evaluate((screen) => getComputedStyle(screen).cursor)).toBe('none');
		expect(await page.locator('html').getAttribute('data-lock')).toBe('screen');
		const isFull = () => page.evaluate(() => document.fullscreenElement !== null);
		await page.keyboard.press('f');
		await expect.poll(isFull).toBe(true);
		await page.keyboard.press('f');
		await expect.poll(isFull).toBe(false);
	});

	test('has a button for full screen, which nobody sees who does not move the mouse or touch the screen', async () => {
		const { page } = await openScreen({ message: 'Hi' });
		const button = page.getByRole('button', { name: 'Full screen' });
		expect(await button.isVisible()).toBe(false);
		await page.mouse.move(100, 100);
		await button.waitFor();
		await button.waitFor({ state: 'hidden' });
		await page.mouse.move(200, 200);
		await button.click();
		await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
		await button.waitFor({ state: 'hidden' });
		await page.mouse.move(100, 100);
		expect(await button.isVisible()).toBe(false);
	});

	test('is not named by a message that it does not show', async () => {
		const { id, page } = await openScreen({ message: 'Closed', power: false });
		await page.getByRole('img', { name: 'Dark: power off', exact: true }).waitFor();
		await rest('PATCH', `/Sign/${id}`, { power: true });
		await page.getByRole('img', { name: 'Closed', exact: true }).waitFor();
	});

	test('shows what is wrong with a name that no sign can have', async () => {
		const page = await openPage(`${url}/?sign=no%20spaces`, { account: ADMIN });
		await untilState(page, 'Refused: id must be 1 to 64 of A-Z a-z 0-9 _ -');
		expect((await coloursOf(page)).length).toBeGreaterThan(10);
	});
});
