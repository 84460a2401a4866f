/** The desk: what a person has changed stays a draft until it is sent, and is shown as one. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, describePage, openPage, untilState, type PageOptions } from './browser.ts';
import { field, form, untilStored } from './views.ts';
import { get, newId, rest, url } from '../support/clients.ts';
import { openPipe } from '../support/pipe.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const send = (page: Page) => form(page).getByRole('button', { name: 'Send' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const change = (page: Page, id: string) => button(page, `Change ${id}`).click();
const preview = (page: Page, name: string) => form(page).getByRole('img', { name, exact: true });

/** Makes signs, and opens a page with the first one at the desk. */
async function openDesk(signs: object[], { address = url, ...options }: PageOptions & { address?: string } = {}) {
	const ids = signs.map(() => newId('drafted'));
	for (const [n, fields] of signs.entries()) await rest('PUT', `/Sign/${ids[n]}`, fields);
	const page = await openPage(address, { account: ADMIN, ...options });
	const writes: unknown[] = [];
	page.on('request', (request) => {
		if (['PATCH', 'PUT'].includes(request.method())) writes.push(request.postDataJSON());
	});
	await change(page, ids[0]!);
	return { ids, page, writes };
}

describePage('a draft', () => {
	test('is sent only by Enter or Send, with the other drafts of its sign, and waits for its sign', async () => {
		const { ids, page, writes } = await openDesk([{ message: 'one' }, { message: 'two' }]);
		const [a, b] = ids as [string, string];
		await send(page).click();
		await form(page).getByText('Nothing to send').waitFor();
		await field(page, 'Message').fill('half a sen');
		await field(page, 'Location').fill('hall');
		await preview(page, 'Draft: half a sen').waitFor();
		await change(page, b);
		expect(await field(page, 'Message').inputValue()).toBe('two');
		await preview(page, 'Now: two').waitFor();
		await expect.poll(() => article(page, a).getAttribute('data-draft')).not.toBeNull();
		expect(await article(page, b).getAttribute('data-draft')).toBeNull();
		await change(page, a);
		expect(await field(page, 'Message').inputValue()).toBe('half a sen');
		await button(page, 'Close').click();
		await change(page, a);
		await button(page, 'Remove…').click();
		await button(page, 'Keep it').click();
		await field(page, 'Location').press('Escape');
		expect(await field(page, 'Location').inputValue()).toBe('');
		await field(page, 'Location').fill('hall 2');
		expect(writes).toEqual([]);
		await send(page).click();
		await untilStored(a, { message: 'half a sen', location: 'hall 2' });
		await page.getByText(`${a} is changed`).waitFor();
		expect(writes).toEqual([{ message: 'half a sen', location: 'hall 2' }]);
		await preview(page, 'Now: half a sen').waitFor();
		expect(await article(page, a).getAttribute('data-draft')).toBeNull();

		await button(page, 'Take back').click();
		await page.getByText('Taken back: 1 sign').waitFor();
		expect(await get(a)).toMatchObject({ message: 'one', location: '' });
		await expect.poll(() => field(page, 'Message').inputValue()).toBe('one');
	});

	test('survives the loss of the connection; what cannot be sent at once becomes one, and only the person sends it', async () => {
		const pipe = await openPipe(Number(new URL(url).port));
		const { ids, page, writes } = await openDesk([{ message: 'one', brightness: 3 }], {
			address: `http://127.0.0.1:${pipe.port}/`,
		});
		const [id] = ids as [string];
		await field(page, 'Message').fill('typed');
		pipe.break();
		await untilState(page, 'Lost');
		await field(page, 'Brightness').fill('9');
		await form(page).getByText('Draft 9: not sent').waitFor();
		expect(writes).toEqual([]);
		await send(page).click();
		await form(page).getByRole('alert').filter({ hasText: 'Not sent: the server does not answer' }).waitFor();
		pipe.heal();
		await page.evaluate(() => dispatchEvent(new Event('online')));
		await untilState(page, 'Live');
		expect(await field(page, 'Message').inputValue()).toBe('typed');
		expect(await get(id)).toMatchObject({ message: 'one', brightness: 3, revision: 1 });
		await send(page).click();
		await untilStored(id, { message: 'typed', brightness: 9, revision: 2 });

		// a failed request while the page is live
		await page.route('**/Sign/*', (route) => (route.request().method() === 'PATCH' ? route.abort() : route.continue()));
		await field(page, 'Power').uncheck();
		await form(page).getByText('Draft off: not sent').waitFor();
		expect(await field(page, 'Power').isChecked()).toBe(false);
	});

	test('shows when somebody else has changed its field, and is sent only after a choice', async () => {
		const { ids, page, writes } = await openDesk([{ message: 'one', location: 'hall' }]);
		const [id] = ids as [string];
		await field(page, 'Message').fill('mine');
		await field(page, 'Location').fill('lobby');
		await rest('PATCH', `/Sign/${id}`, { message: 'theirs' });
		await form(page).getByText('Changed meanwhile to “theirs”').waitFor();
		await field(page, 'Message').press('Enter');
		await untilStored(id, { message: 'theirs', location: 'lobby' });
		expect(writes).toEqual([{ location: 'lobby' }]);
		await form(page).getByText('Message not sent: changed meanwhile').waitFor();
		await button(page, 'Keep mine').click();
		await form(page).getByText('Changed meanwhile').waitFor({ state: 'hidden' });
		await page.keyboard.press('Enter');
		await untilStored(id, { message: 'mine' });

		await field(page, 'Message').fill('mine again');
		await rest('PATCH', `/Sign/${id}`, { message: '' });
		await form(page).getByText('Changed meanwhile to empty').waitFor();
		await button(page, 'Take theirs').click();
		expect(await field(page, 'Message').inputValue()).toBe('');
		expect(await field(page, 'Message').evaluate((input) => input === document.activeElement)).toBe(true);
	});

	test('stays when its sign is removed elsewhere, which the desk reports; the focus stays at the desk', async () => {
		const { ids, page } = await openDesk([{ message: 'one' }]);
		const [id] = ids as [string];
		await field(page, 'Message').fill('kept');
		await rest('DELETE', `/Sign/${id}`);
		await page
			.getByText(`${id} was removed elsewhere. Its draft is kept, in case it comes back: Message “kept”`)
			.waitFor();
		expect(await page.evaluate(() => document.activeElement?.closest('#desk') !== null)).toBe(true);
		await rest('PUT', `/Sign/${id}`, { message: 'back' });
		await form(page).waitFor();
		expect(await field(page, 'Message').inputValue()).toBe('kept');
	});

	test('has its characters counted near the limit, and is asked about before the page is left', async () => {
		const { page } = await openDesk([{ message: 'one' }]);
		await field(page, 'Message').fill('😀'.repeat(199));
		expect(
			await form(page)
				.getByText(/^\d+ of \d+/)
				.count()
		).toBe(0);
		await field(page, 'Message').fill('😀'.repeat(250));
		await form(page).getByText('250 of 256', { exact: true }).waitFor();
		await field(page, 'Message').fill('😀'.repeat(257));
		await form(page).getByText('257 of 256: 1 too many').waitFor();
		const asked = page.waitForEvent('dialog');
		const reloaded = page.reload().catch(() => {});
		const dialog = await asked;
		expect(dialog.type()).toBe('beforeunload');
		await dialog.accept();
		await reloaded;
	});

	test('is not hidden by the keyboard of a phone, nor is its sign', async () => {
		const { ids, page } = await openDesk([{ message: 'one' }], {
			viewport: { width: 390, height: 800 },
			hasTouch: true,
			isMobile: true,
			prepare: (page) => page.addInitScript(simulateKeyboard),
		});
		await field(page, 'Message').fill('typed');
		await page.evaluate(() => (window as unknown as { showKeyboard: () => void }).showKeyboard());
		const SEEN = 460;
		// at one moment: signs of other tests move this one
		const places = () =>
			page.evaluate((selector) => {
				const rectOf = (selector: string) => document.querySelector(selector)!.getBoundingClientRect();
				const [desk, sign] = [rectOf('#desk'), rectOf(selector)];
				return { end: Math.round(desk.bottom), isSeen: sign.top >= 0 && sign.bottom <= desk.top };
			}, `[data-id="${ids[0]}"] .housing`);
		await expect.poll(places).toEqual({ end: SEEN, isSeen: true });
		const desk = (await page.locator('#desk').boundingBox())!;
		const message = (await field(page, 'Message').boundingBox())!;
		expect(message.y).toBeGreaterThan(desk.y + 44);
		expect(message.y + message.height).toBeLessThanOrEqual(SEEN);
		const targets = await page.locator('#desk :is(button, input, select):visible').all();
		for (const target of targets) expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44);
	});

	test('of the text that is taken back ends with it: its field shows what comes later', async () => {
		const { ids, page } = await openDesk([{ message: 'one' }]);
		const [id] = ids as [string];
		await field(page, 'Message').fill('two');
		await send(page).click();
		await preview(page, 'Now: two').waitFor();
		await field(page, 'Message').fill('one');
		await button(page, 'Take back').click();
		await page.getByText('Taken back: 1 sign').waitFor();
		await preview(page, 'Now: one').waitFor();
		await rest('PATCH', `/Sign/${id}`, { message: 'three' });
		await preview(page, 'Now: three').waitFor();
		expect(await field(page, 'Message').inputValue()).toBe('three');
	});
});

/** Runs in the page: a keyboard that covers the window below 460 px, as phones report it. */
function simulateKeyboard() {
	const area = Object.assign(new EventTarget(), { height: 800, offsetTop: 0, scale: 1 });
	Object.defineProperty(window, 'visualViewport', { value: area });
	Object.assign(window, {
		showKeyboard: () => {
			area.height = 460;
			area.dispatchEvent(new Event('resize'));
		},
	});
}
