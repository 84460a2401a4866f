/** The login on the page, and what it offers to each account. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, countLit, describePage, openPage, untilAllIsLoaded, untilDots, untilState } from './browser.ts';
import { addAccount, newId, operation, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

async function logIn(page: Page, { username, password }: { username: string; password: string }) {
	await page.getByLabel('Username').fill(username);
	await page.getByLabel('Password').fill(password);
	await page.keyboard.press('Enter');
}

/** Counts how often the browser would open its own login window. */
async function watchPrompts(page: Page): Promise<() => number> {
	let prompts = 0;
	const session = await page.context().newCDPSession(page);
	session.on('Fetch.requestPaused', ({ requestId }) => void session.send('Fetch.continueRequest', { requestId }));
	session.on('Fetch.authRequired', ({ requestId }) => {
		prompts++;
		void session.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: { response: 'CancelAuth' } });
	});
	await session.send('Fetch.enable', { handleAuthRequests: true });
	return () => prompts;
}

/** The accounts that the server finds for the page's session, on all connections that the browser has left for requests. */
const usersOf = (page: Page) =>
	page.evaluate(() => {
		const ask = async () => {
			const response = await fetch('/Session/', { headers: { 'X-Requested-With': 'page' }, cache: 'no-store' });
			return response.ok ? (await response.json()).user : null;
		};
		return Promise.all(Array.from({ length: 5 }, ask));
	});

describePage('a session', () => {
	test('begins with the form, which shows what was wrong and keeps no password, and ends with the button', async () => {
		const id = newId('session');
		await rest('PUT', `/Sign/${id}`, {});
		const page = await openPage(url);
		await untilState(page, 'Signed out');
		await logIn(page, { ...ADMIN, password: 'wrong' });
		await page.getByRole('alert').filter({ hasText: 'wrong username or password' }).waitFor();
		expect(await page.getByLabel('Password').inputValue()).toBe('');
		expect(await page.getByRole('article').count()).toBe(0);
		await logIn(page, ADMIN);
		await article(page, id).waitFor();
		await untilState(page, 'Live');
		await page.getByText(ADMIN.username, { exact: true }).waitFor();
		const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
		expect(kept).toBe('{}');
		expect(await page.locator('[name=password]').inputValue()).toBe('');
		await page.reload();
		await article(page, id).waitFor();
		await page.getByRole('button', { name: 'Sign out' }).click();
		await untilState(page, 'Signed out');
		expect(await page.getByRole('article').count()).toBe(0);
		await page.reload();
		await untilState(page, 'Signed out');
	});

	test('that ends in the middle leads to the form, and never to a login window of the browser', async () => {
		const id = newId('ending');
		await rest('PUT', `/Sign/${id}`, {});
		const account = await addAccount('leaving', 'sign_operator');
		let prompts = () => -1;
		const page = await openPage(url, { account, prepare: async (page) => (prompts = await watchPrompts(page)) });
		await page.getByRole('button', { name: `Change ${id}`, exact: true }).click();
		await operation({ operation: 'drop_user', username: account.username });
		await expect.poll(() => usersOf(page)).toEqual(Array(5).fill(null)); // each thread of the server knows it
		await page.locator('#chosen').getByLabel('Message').fill('too late');
		await page.keyboard.press('Enter');
		await untilState(page, 'Signed out');
		expect(await page.locator('#desk').isVisible()).toBe(false);
		await logIn(page, account);
		await page.getByRole('alert').filter({ hasText: 'wrong username or password' }).waitFor();
		await page.evaluate(() => new Promise((done) => (new EventSource('/Sign/').onerror = done)));
		expect(prompts()).toBe(0);
		// what it would be without the remedy
		await page.evaluate(() => fetch('/Sign/'));
		expect(prompts()).toBe(1);
	});

	test('of the next account finds nothing that the one before has entered, sent or chosen', async () => {
		const id = newId('handed');
		await rest('PUT', `/Sign/${id}`, { message: 'one' });
		const next = await addAccount('next', 'sign_operator');
		const page = await openPage(url, { account: ADMIN });
		const button = (name: string) => page.getByRole('button', { name, exact: true });
		await button(`Change ${id}`).click();
		await page.locator('#chosen').getByLabel('Message').fill('two');
		await page.keyboard.press('Enter');
		await page.getByText(`${id} is changed`).waitFor();
		await page.locator('#chosen').getByLabel('Message').fill('entered'.repeat(40));
		await page.keyboard.press('Enter');
		await button('Refused 1').waitFor();
		await page.locator('#bulk-edit').getByLabel('Message for these signs').fill('entered for all');
		await page.locator('#new-sign').getByLabel('Name').fill('entered-name');
		// a change whose answer comes after the next login, and one that waits for it
		let goOn = () => {};
		const held = new Promise<void>((done) => (goOn = done));
		const sent: unknown[] = [];
		await page.route('**/Sign/*', async (route) => {
			if (route.request().method() !== 'PATCH') return route.continue();
			sent.push(route.request().postDataJSON());
			await held;
			await route.fulfill({ status: 204 });
		});
		await page.locator('#chosen').getByLabel('Speed').fill('7');
		await expect.poll(() => sent).toEqual([{ speed: 7 }]);
		await page.locator('#chosen').getByLabel('Speed').fill('9');
		await page.getByRole('button', { name: 'Sign out' }).click();
		await untilState(page, 'Signed out');
		await logIn(page, next);
		await untilState(page, 'Live');
		const answered = page.waitForResponse((response) => response.request().method() === 'PATCH');
		goOn();
		await answered;
		await button(`Change ${id}`).click();
		expect(await page.locator('#desk').textContent()).not.toMatch(/entered|will be sent|is changed|removed/);
		expect(await button('Take back').count()).toBe(0);
		await page.locator('#chosen').getByLabel('Power').uncheck();
		await expect.poll(() => sent).toEqual([{ speed: 7 }, { power: false }]);
		expect(await page.locator('#chosen').getByLabel('Message').inputValue()).toBe('two');
		expect(await page.locator('#bulk-edit').getByLabel('Message for these signs').inputValue()).toBe('');
		expect(await page.locator('#new-sign').getByLabel('Name').inputValue()).toBe('');
		expect(await button('Refused 0').count()).toBe(1);
	});

	test('of a device gets a link to its own sign, which fills the screen', async () => {
		const account = await addAccount('device', 'sign_device');
		const { username: id } = account;
		await rest('PUT', `/Sign/${id}`, { message: 'mine' });
		const page = await openPage(url, { account });
		await untilState(page, 'Refused: a device reads its own sign only');
		await untilAllIsLoaded(page);
		expect(await page.getByRole('button', { name: 'Desk', exact: true }).count()).toBe(0);
		await page.getByRole('link', { name: `/?sign=${id}` }).click();
		await untilState(page, 'Live');
		await untilDots(page, undefined, (dots) => countLit(dots) > 100);
	});
});
