/** The desk: people change signs, and the page shows the server's answers. */
import type { Locator, Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, describePage, openPage, untilAllIsLoaded, untilState, type PageOptions } from './browser.ts';
import { field, form, holdAnswers, makeSign, untilStored } from './views.ts';
import { addAccount, get, newId, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Opens a page with a new sign at the desk. */
async function openDesk(fields: object, options: PageOptions = {}) {
	const id = await makeSign(fields, 'desk');
	const page = await openPage(url, { account: ADMIN, ...options });
	await page.getByRole('button', { name: `Change ${id}`, exact: true }).click();
	return { id, page };
}

const isInView = (element: Locator) =>
	element.evaluate((element) => {
		const { top, bottom } = element.getBoundingClientRect();
		return top >= 0 && bottom <= innerHeight;
	});

/** The bodies of the page's writes, as they are sent. */
function watchWrites(page: Page) {
	const writes: Record<string, unknown>[] = [];
	page.on('request', (request) => {
		if (request.method() === 'PATCH') writes.push(request.postDataJSON());
	});
	return writes;
}

/** Runs in the page: notes when it sends each write, in ms. */
function noteTimes() {
	const times: number[] = [];
	const { fetch } = window;
	window.fetch = (address, options) => {
		if (options?.method === 'PATCH') times.push(performance.now());
		return fetch(address, options);
	};
	Object.assign(window, { times });
}

describePage('the desk', () => {
	test('sends what was changed, and nothing else', async () => {
		const { id, page } = await openDesk({ message: 'before', location: 'hall' });
		const writes = watchWrites(page);
		await field(page, 'Message').fill('after');
		await page.keyboard.press('Enter');
		await untilStored(id, { message: 'after' });
		await field(page, 'Power').uncheck();
		await untilStored(id, { power: false });
		await field(page, 'Effect').selectOption('blink');
		await untilStored(id, { effect: 'blink' });
		await field(page, 'Colour').fill('#12ab34');
		await untilStored(id, { color: '#12ab34' });
		await field(page, 'Location').fill('lobby');
		await page.keyboard.press('Enter');
		await untilStored(id, { location: 'lobby' });
		expect(await get(id)).toMatchObject({ message: 'after', brightness: 8, speed: 20 });
		expect(writes).toEqual([
			{ message: 'after' },
			{ power: false },
			{ effect: 'blink' },
			{ color: '#12ab34' },
			{ location: 'lobby' },
		]);
	});

	test('keeps what a person types while the server answers the change before', async () => {
		const { id, page } = await openDesk({ message: 'before' });
		const answer = await holdAnswers(page, `**/Sign/${id}`);
		await field(page, 'Message').fill('first');
		await page.keyboard.press('Enter');
		await untilStored(id, { message: 'first' });
		await field(page, 'Message').fill('first, and more');
		const arrived = page.waitForResponse(`**/Sign/${id}`);
		answer();
		await (await arrived).finished();
		await page.keyboard.press('Enter');
		await untilStored(id, { message: 'first, and more' });
		await page.unrouteAll({ behavior: 'wait' });
	});

	test('sends a slider at most ten times in a second, and its last value always', async () => {
		const { id, page } = await openDesk({ speed: 1 }, { prepare: (page) => page.addInitScript(noteTimes) });
		const times = await page.evaluateHandle(() => (window as unknown as { times: number[] }).times);
		await field(page, 'Speed').evaluate(async (slider: HTMLInputElement, times) => {
			for (let value = 2; value <= 100; value++) {
				if (value === 100) while (times.length < 2) await new Promise(requestAnimationFrame);
				slider.value = String(value);
				slider.dispatchEvent(new Event('input', { bubbles: true }));
				await new Promise((done) => setTimeout(done, 10));
			}
		}, times);
		await untilStored(id, { speed: 100 });
		const sent = await times.jsonValue();
		expect(sent.length).toBeGreaterThan(2);
		expect(sent.length - 1).toBeLessThanOrEqual(Math.ceil((sent.at(-1)! - sent[0]!) / 95));
		await form(page).getByText('100 dots/s').waitFor();
	});

	test('shows a refusal beside its field with the words of the server, and keeps what was typed', async () => {
		const { id, page } = await openDesk({ message: 'before' });
		const typed = '😀'.repeat(257);
		await field(page, 'Message').fill(typed);
		await page.keyboard.press('Enter');
		const words = JSON.parse((await rest('PATCH', `/Sign/${id}`, { message: typed })).text).replace('Refusal: ', '');
		expect(words).toContain('message must be a string of at most 256 characters');
		await form(page).getByRole('alert').filter({ hasText: words }).waitFor();
		const described = await field(page, 'Message').getAttribute('aria-describedby');
		expect(await page.locator(`#${described!.split(' ')[0]}`).textContent()).toBe(words);
		expect(await field(page, 'Message').getAttribute('aria-invalid')).toBe('true');
		expect(await field(page, 'Message').inputValue()).toBe(typed);
		await article(page, id).getByRole('img', { name: 'before' }).waitFor();

		await field(page, 'Message').fill('😀'.repeat(256));
		await page.keyboard.press('Enter');
		await untilStored(id, { message: '😀'.repeat(256) });
		await form(page).getByRole('alert').filter({ hasText: 'message' }).waitFor({ state: 'detached' });
	});

	test('leaves the text that a person types when the sign changes elsewhere, and shows the new one on Escape', async () => {
		const { id, page } = await openDesk({ message: 'before' });
		await field(page, 'Message').fill('half a sen');
		await rest('PATCH', `/Sign/${id}`, { message: 'from elsewhere', speed: 50 });
		await form(page).getByText('50 dots/s').waitFor();
		await article(page, id).getByRole('img', { name: 'from elsewhere' }).waitFor();
		expect(await field(page, 'Message').inputValue()).toBe('half a sen');
		await page.keyboard.press('Escape');
		expect(await field(page, 'Message').inputValue()).toBe('from elsewhere');
		await rest('PATCH', `/Sign/${id}`, { message: 'once more' });
		await expect.poll(() => field(page, 'Message').inputValue()).toBe('once more');
	});

	test('creates, changes and removes a sign with only the keyboard', async () => {
		const id = newId('keys');
		const page = await openPage(url, { account: ADMIN });
		await untilState(page, 'Live');
		const tabTo = async (name: string) => {
			for (let n = 0; n < 2_000; n++) {
				await page.keyboard.press('Tab');
				const focused = await page.evaluate(() => {
					const { activeElement: element } = document;
					const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent;
					return element?.getAttribute('aria-label') ?? label?.trim();
				});
				if (focused === name) return;
			}
			throw new Error(`The Tab key does not lead to ${name}`);
		};
		await tabTo('Desk');
		await page.keyboard.press('Enter');
		await tabTo('Name');
		await page.keyboard.type(id);
		await page.keyboard.press('Enter');
		await article(page, id).waitFor();
		await expect.poll(() => page.evaluate(() => document.activeElement?.id ?? '')).toMatch(/^field-/);
		await expect.poll(() => article(page, id).getAttribute('data-new')).not.toBeNull();
		await expect.poll(() => isInView(article(page, id))).toBe(true);
		await page.keyboard.type('by keys');
		await page.keyboard.press('Enter');
		await untilStored(id, { message: 'by keys' });
		await tabTo('Brightness');
		await page.keyboard.press('ArrowRight');
		await untilStored(id, { brightness: 9 });
		await tabTo('Remove…');
		await page.keyboard.press('Enter');
		await page.getByRole('dialog', { name: `Remove ${id}?` }).waitFor();
		await page.keyboard.press('Escape');
		expect(await get(id)).toMatchObject({ message: 'by keys' });
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor();
		await tabTo('Remove');
		await page.keyboard.press('Enter');
		await article(page, id).waitFor({ state: 'detached' });
		await page.getByText(`${id} is removed`).waitFor();
		expect(await get(id)).toBeNull();
		expect(await page.getByText('was removed elsewhere').count()).toBe(0);
		await page.keyboard.press('Escape');
		expect(await page.locator('#desk').isVisible()).toBe(false);
	});

	test('shows why a new sign cannot have its name, and changes nothing', async () => {
		const { id, page } = await openDesk({ message: 'stays' });
		const make = async (name: string) => {
			await page.locator('#new-sign').getByLabel('Name').fill(name);
			await page.keyboard.press('Enter');
		};
		const before = await rest('GET', '/Sign/?select(id)');
		for (const name of ['no spaces', '', '.', '..', 'a/b', '?x', 'x'.repeat(65)]) {
			await make(name || ' ');
			await page.locator('#new-sign').getByRole('alert').filter({ hasText: 'name must be 1 to 64' }).waitFor();
			await make(name);
			await page.locator('#new-sign').getByRole('alert').filter({ hasText: 'name must be 1 to 64' }).waitFor();
		}
		await make(id);
		await page.getByText(`There is a sign ${id} already`).waitFor();
		expect(await get(id)).toMatchObject({ message: 'stays', revision: 1 });
		expect(before.json()).toContain(id);
	});

	test('sends a field to all signs of a location, and shows to how many', async () => {
		const location = newId('a & b=c*');
		const { id, page } = await openDesk({ location });
		const other = newId('other');
		await rest('PUT', `/Sign/${other}`, { location });
		const elsewhere = newId('elsewhere');
		await rest('PUT', `/Sign/${elsewhere}`, { message: 'stays' });
		const bulkEdit = page.locator('#bulk-edit');
		await bulkEdit.getByLabel('To').selectOption(location);
		await bulkEdit.getByText('2 signs', { exact: true }).waitFor();
		await bulkEdit.getByLabel('Message for these signs').fill('closed');
		const send = async (button: RegExp) => {
			await bulkEdit.getByRole('button', { name: 'Send' }).click();
			await page.getByRole('dialog').getByRole('button', { name: button }).click();
		};
		/** The form leaves out what was sent when the answer comes. */
		const untilAnswered = () => bulkEdit.getByText('will be sent').waitFor({ state: 'detached' });
		await send(/^Send to 2 signs$/);
		await page.getByText('2 signs changed').waitFor();
		await untilAnswered();
		for (const sign of [id, other]) expect(await get(sign)).toMatchObject({ message: 'closed', location });
		expect(await get(elsewhere)).toMatchObject({ message: 'stays' });
		await bulkEdit.getByLabel('Brightness for these signs').fill('15');
		await send(/^Send to 2 signs$/);
		await untilStored(other, { brightness: 15, message: 'closed' });
		await untilAnswered();
		await bulkEdit.getByLabel('Message for these signs').fill('x'.repeat(257));
		await send(/^Send to 2 signs$/);
		await bulkEdit.getByRole('alert').filter({ hasText: 'message must be a string of at most 256' }).waitFor();
	});

	test('is not there for a viewer', async () => {
		const id = newId('viewed');
		await rest('PUT', `/Sign/${id}`, {});
		const page = await openPage(url, { account: await addAccount('viewer', 'sign_viewer') });
		await article(page, id).waitFor();
		await untilState(page, 'Live');
		await untilAllIsLoaded(page);
		expect(await page.getByRole('button', { name: /^(Desk|Change )/ }).count()).toBe(0);
	});

	test('takes back the last sending once it is answered, and until then not the one before', async () => {
		const { id, page } = await openDesk({ message: 'one' });
		await field(page, 'Message').fill('two');
		await page.keyboard.press('Enter');
		await page.getByText(`${id} is changed`).waitFor();
		const answer = await holdAnswers(page, `**/Sign/${id}`);
		await field(page, 'Message').fill('three');
		await page.keyboard.press('Enter');
		await article(page, id).getByRole('img', { name: 'three' }).waitFor();
		const takeBack = page.getByRole('button', { name: 'Take back' });
		expect(await takeBack.isDisabled()).toBe(true);
		answer();
		await takeBack.click();
		await untilStored(id, { message: 'two', revision: 4 });
		await page.getByText('Taken back: 1 sign').waitFor();
		await page.unrouteAll({ behavior: 'wait' });
	});

	test('leaves a person who has gone on to another sign where they are when a removal is answered', async () => {
		const other = await makeSign({ message: 'other' });
		const { id, page } = await openDesk({ message: 'one' });
		const removals: Route[] = [];
		await page.route(`**/Sign/${id}`, (route) => void removals.push(route));
		const remove = async () => {
			const before = removals.length;
			await page.getByRole('button', { name: 'Remove…' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
			await page.getByRole('button', { name: `Change ${other}`, exact: true }).click();
			await field(page, 'Message').focus();
			await expect.poll(() => removals.length).toBe(before + 1);
			return removals[before]!;
		};
		const isFocused = () => field(page, 'Message').evaluate((input) => input === document.activeElement);
		const first = await remove();
		await first.abort();
		await page.getByText(`${id} is not removed: Not sent`).waitFor();
		expect(await form(page).getByText('Not sent').count()).toBe(0);
		await page.getByRole('button', { name: `Change ${id}`, exact: true }).click();
		const second = await remove();
		await second.continue();
		await page.getByText(`${id} is removed`).waitFor();
		expect(await isFocused()).toBe(true);
		expect(await field(page, 'Message').inputValue()).toBe('other');
	});

	test('makes a sign whose name was followed by others before the answers, and leaves the name that is typed', async () => {
		const [first, second] = [newId('first'), newId('second')];
		const { page } = await openDesk({ message: 'one' });
		const answers: Record<string, () => void> = {};
		await page.route('**/Sign/*', async (route) => {
			const id = route.request().url().split('/').at(-1)!;
			await new Promise<void>((done) => (answers[id] = done));
			await (id === first ? route.abort() : route.continue());
		});
		const name = page.locator('#new-sign').getByLabel('Name');
		for (const id of [first, second]) {
			await name.fill(id);
			await name.press('Enter');
			await expect.poll(() => Object.keys(answers)).toContain(id);
		}
		await name.fill('third');
		answers[first]!();
		await page.locator('#new-sign').getByText('Not sent').waitFor();
		answers[second]!();
		await form(page).getByRole('heading', { name: second, exact: true }).waitFor();
		await page.locator('#new-sign').getByText('Not sent').waitFor({ state: 'detached' });
		expect(await name.inputValue()).toBe('third');
	});
});
