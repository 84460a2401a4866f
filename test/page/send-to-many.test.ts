/** The desk: a change for many signs is shown before it is sent, and can be taken back. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, describePage, openPage, untilState, type PageOptions } from './browser.ts';
import { hold, passEvents, prepareToHold } from './held-events.ts';
import { holdAnswers } from './views.ts';
import { get, newId, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const many = (page: Page) => page.locator('#bulk-edit');
const field = (page: Page, label: string) => many(page).getByLabel(`${label} for these signs`, { exact: true });
const send = (page: Page) => many(page).getByRole('button', { name: 'Send' });
const dialog = (page: Page) => page.getByRole('dialog');
const confirm = (page: Page) => dialog(page).getByRole('button', { name: /^Send to / });

/** Opens the desk of a page, with signs in a location of their own. */
async function openDesk(signs: object[], options: PageOptions = {}) {
	const location = newId('hall');
	const ids = signs.map((_, n) => `${location}-${n + 1}`);
	for (const [n, fields] of signs.entries()) await rest('PUT', `/Sign/${ids[n]}`, { location, ...fields });
	const page = await openPage(url, { account: ADMIN, ...options });
	const writes: string[] = [];
	page.on('request', (request) => void (request.method() === 'PATCH' && writes.push(request.postData()!)));
	await untilState(page, 'Live');
	await page.getByRole('button', { name: 'Desk', exact: true }).click();
	return { location, ids, page, writes };
}

describePage('a change for many signs', () => {
	test('has nothing that nobody has edited, and is sent only after its count and its dots were shown', async () => {
		const { location, ids, page, writes } = await openDesk([{ message: 'one' }, { message: 'two' }]);
		await send(page).click();
		await many(page).getByText('Nothing to send').waitFor();
		expect(await dialog(page).count()).toBe(0);
		await many(page).getByLabel('To').selectOption(location);
		await many(page).getByText('2 signs', { exact: true }).waitFor();
		await field(page, 'Brightness').fill('15');
		await field(page, 'Message').fill('x');
		await field(page, 'Message').fill('');
		await field(page, 'Effect').selectOption('blink');
		await many(page).getByLabel('Effect: will be sent').uncheck();
		await field(page, 'Message').press('Enter');
		await page.getByRole('heading', { name: `Send to 2 signs in ${location}`, exact: true }).waitFor();
		const lines = await dialog(page).getByRole('listitem').allTextContents();
		expect(lines).toEqual(['Message: “one”, “two” → empty: these signs will show nothing', 'Brightness: 8 → 15']);
		await page.keyboard.press('Enter'); // a second one, by accident
		await page.keyboard.press('Escape');
		expect(writes).toEqual([]);

		await field(page, 'Message').fill('all');
		await send(page).click();
		for (const id of ids)
			await dialog(page)
				.getByRole('img', { name: `${id}: all` })
				.waitFor();
		const joins = `${location}-3`;
		await rest('PUT', `/Sign/${joins}`, { location, message: 'new' });
		await dialog(page).getByText(`Joined meanwhile, and not changed: ${joins}`).waitFor();
		await rest('DELETE', `/Sign/${ids[1]}`);
		await dialog(page).getByText(`Removed meanwhile: ${ids[1]}`).waitFor();
		expect(await confirm(page).textContent()).toBe('Send to 1 sign');
		await confirm(page).click();
		await page.getByText('1 sign changed').waitFor();
		expect(writes).toEqual([JSON.stringify({ message: 'all', brightness: 15 })]);
		expect(await get(ids[0]!)).toMatchObject({ message: 'all', brightness: 15, effect: 'static' });
		expect(await get(joins)).toMatchObject({ message: 'new' });
		expect(await get(ids[1]!)).toBeNull();
		await many(page).getByText('will be sent').waitFor({ state: 'detached' });
	});

	test('is sent once when Enter is pressed twice at the button that sends it', async () => {
		const { location, ids, page, writes } = await openDesk([{ message: 'one' }]);
		await many(page).getByLabel('To').selectOption(location);
		await field(page, 'Message').fill('once');
		await field(page, 'Message').press('Enter');
		await confirm(page).waitFor();
		await page.evaluate(() => {
			document.querySelector<HTMLElement>('#sending [value=send]')!.click();
			document.querySelector<HTMLFormElement>('#bulk-edit form')!.requestSubmit(); // the second Enter, before the dialog's event
		});
		expect(await many(page).getByText('Not sent').count()).toBe(0);
		await page.getByText('1 sign changed').waitFor();
		expect(await dialog(page).count()).toBe(0);
		expect(writes).toEqual([JSON.stringify({ message: 'once' })]);
		expect(await get(ids[0]!)).toMatchObject({ message: 'once', revision: 2 });
	});

	test('is taken back where nobody has changed the sign since, and lists the signs that somebody has changed', async () => {
		const { location, ids, page } = await openDesk([
			{ message: 'one' },
			{ message: 'two', color: '#00ff00' },
			{ message: 'one' },
		]);
		await many(page).getByLabel('To').selectOption(location);
		await field(page, 'Message').fill('closed');
		await field(page, 'Colour').fill('#ff0000');
		await send(page).click();
		await confirm(page).click();
		await page.getByText('3 signs changed').waitFor();
		await rest('PATCH', `/Sign/${ids[2]}`, { speed: 50 });
		// the page does not know yet that this one is changed, too
		await page.route(`**/*id=${ids[1]}*revision=*`, async (route) => {
			await rest('PATCH', `/Sign/${ids[1]}`, { speed: 60 });
			await route.continue();
		});
		await page.getByRole('button', { name: 'Take back' }).click();
		const result = page.getByText('Taken back: 1 sign. 2 of 3 were changed since and stay: ');
		for (const id of ids.slice(1)) await result.filter({ hasText: id }).waitFor();
		expect(await get(ids[0]!)).toMatchObject({ message: 'one', color: '#ffb000' });
		expect(await get(ids[1]!)).toMatchObject({ message: 'closed', color: '#ff0000', speed: 60 });
		expect(await get(ids[2]!)).toMatchObject({ message: 'closed', color: '#ff0000', speed: 50 });
		expect(await page.getByRole('button', { name: 'Take back' }).isVisible()).toBe(false);
	});

	test('goes to more signs than a request can name, each hundred at once', async () => {
		const { location, ids, page, writes } = await openDesk(Array.from({ length: 104 }, () => ({ message: 'one' })));
		await many(page).getByLabel('To').selectOption(location);
		await field(page, 'Message').fill('all');
		await send(page).click();
		await confirm(page).click();
		await page.getByText('104 signs changed').waitFor();
		expect(writes.length).toBe(2);
		await page.getByRole('button', { name: 'Take back' }).click();
		await page.getByText('Taken back: 104 signs').waitFor();
		expect(writes.length).toBe(4);
		for (const id of [ids[0]!, ids.at(-1)!]) expect(await get(id)).toMatchObject({ message: 'one', revision: 3 });

		let requests = 0;
		await page.route('**/Sign/?(*', (route) => (requests++ ? route.abort() : route.continue()));
		await field(page, 'Message').fill('some');
		await send(page).click();
		await confirm(page).click();
		await many(page)
			.getByRole('alert')
			.filter({ hasText: '100 of 104 signs changed: Not sent: the server does not answer' })
			.waitFor();
		expect(await field(page, 'Message').inputValue()).toBe('some');
	});

	test('goes to the signs that are chosen; of two forms the one that is used has the button', async () => {
		const { location, ids, page } = await openDesk([{ message: 'one' }, { message: 'two' }]);
		const visible = () => page.locator('#desk').getByRole('button', { name: 'Send', exact: true }).count();
		expect(await visible()).toBe(1);
		await page.getByRole('button', { name: `Change ${ids[0]}`, exact: true }).click();
		expect(await page.locator('#chosen').getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
		expect(await visible()).toBe(1);
		await field(page, 'Message').focus();
		expect(await send(page).isVisible()).toBe(true);
		expect(await visible()).toBe(1);

		await article(page, ids[1]!)
			.locator('.housing')
			.click({ modifiers: ['Control'] });
		await many(page).getByText('2 signs', { exact: true }).waitFor();
		await field(page, 'Speed').fill('7');
		await send(page).click();
		await page.getByRole('heading', { name: `Send to the 2 chosen signs in ${location}`, exact: true }).waitFor();
		await confirm(page).click();
		await page.getByText('2 signs changed').waitFor();
		for (const id of ids) expect(await get(id)).toMatchObject({ speed: 7 });
	});

	test('is not taken back from a sign that somebody has changed since, also when both events come as one', async () => {
		const { location, ids, page } = await openDesk([{ message: 'one' }], { prepare: prepareToHold });
		const [id] = ids as [string];
		await many(page).getByLabel('To').selectOption(location);
		await field(page, 'Message').fill('closed');
		await hold(page);
		await send(page).click();
		await confirm(page).click();
		await page.getByText('1 sign changed').waitFor();
		await rest('PATCH', `/Sign/${id}`, { speed: 50 });
		await passEvents(page, id, 3);
		await article(page, id).getByRole('img', { name: 'closed' }).waitFor();
		await page.getByRole('button', { name: 'Take back' }).click();
		await page.getByText(`Taken back: 0 signs. 1 of 1 was changed since and stays: ${id}`).waitFor();
		expect(await get(id)).toMatchObject({ message: 'closed', speed: 50, revision: 3 });
	});

	test('is not sent while the change before is on its way, which the form says', async () => {
		const { location, ids, page, writes } = await openDesk([{ message: 'one' }]);
		const answer = await holdAnswers(page, '**/Sign/?(*');
		await many(page).getByLabel('To').selectOption(location);
		await field(page, 'Message').fill('first');
		await send(page).click();
		await confirm(page).click();
		await field(page, 'Message').fill('second');
		await send(page).click();
		const note = many(page).getByText('Not sent: the change before is still being sent');
		await note.waitFor();
		answer();
		await page.getByText('1 sign changed').waitFor();
		await note.waitFor({ state: 'detached' });
		await send(page).click();
		await confirm(page).click();
		await expect.poll(() => get(ids[0]!)).toMatchObject({ message: 'second', revision: 3 });
		expect(writes).toEqual([JSON.stringify({ message: 'first' }), JSON.stringify({ message: 'second' })]);
		await page.unrouteAll({ behavior: 'wait' });
	});
});
