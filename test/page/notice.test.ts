/** A notice over the message of a sign: on the wall, on a screen and at the desk. It ends by the clock. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, countLit, describePage, dotsOf, openPage, untilDots, untilState } from './browser.ts';
import { field, form, makeSign, openWall, untilStored } from './views.ts';
import { get, newId, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const after = (ms: number) => new Date(Date.now() + ms).toISOString();
const many = (page: Page) => page.locator('#bulk-edit');
const manyField = (page: Page, label: string) => many(page).getByLabel(`${label} for these signs`, { exact: true });
const dialog = (page: Page) => page.getByRole('dialog');

describePage('a notice', () => {
	test('ends on the wall and on a screen within a second, without a write', async () => {
		const id = await makeSign({ message: 'standing' });
		const prepare = (page: Page) => page.clock.install();
		const wall = await openWall({ prepare });
		const screen = await openPage(`${url}/?sign=${id}`, { account: ADMIN, prepare });
		await untilState(screen, 'Live');
		const before = countLit(await dotsOf(wall, id));
		const end = Date.now() + 40_000;
		await rest('PATCH', `/Sign/${id}`, { notice: 'for a moment', noticeUntil: new Date(end).toISOString() });
		const { revision } = (await get(id))!;
		const sign = article(wall, id);
		await sign.getByRole('img', { name: 'for a moment' }).waitFor();
		await screen.getByRole('img', { name: 'for a moment' }).waitFor();
		await sign.getByText(/^Notice until \d/).waitFor();
		await sign.getByText('then standing').waitFor();
		await untilDots(wall, id, (dots) => countLit(dots) !== before);
		const pictures = [sign.getByRole('img'), screen.locator('#screen')];
		for (const page of [wall, screen]) await page.clock.pauseAt(end - 1);
		for (const picture of pictures) expect(await picture.getAttribute('aria-label')).toBe('for a moment');
		for (const page of [wall, screen]) await page.clock.runFor(1_000);
		for (const picture of pictures) await expect.poll(() => picture.getAttribute('aria-label')).toBe('standing');
		await wall.clock.resume(); // its frames, too
		await untilDots(wall, id, (dots) => countLit(dots) === before);
		await sign.getByText('Notice until').waitFor({ state: 'detached' });
		expect(await get(id)).toMatchObject({ revision, notice: 'for a moment', message: 'standing' });
	});

	test('is found by its words until it ends, and by those of its message', async () => {
		const id = await makeSign({ message: 'Grüße', notice: 'Feueralarm', noticeUntil: null });
		const wall = await openWall();
		await wall.getByLabel('Search').fill(`${id} feueralarm gruße`);
		await article(wall, id).getByText('Notice until ended').waitFor();
		await wall.getByRole('button', { name: 'Compact' }).click();
		await article(wall, id).getByText('instead of Grüße').waitFor();
		await rest('PATCH', `/Sign/${id}`, { noticeUntil: after(-1_000) });
		await wall.getByRole('heading', { name: 'No sign matches' }).waitFor();
	});

	test('is a draft with an end until a person sends it, and is ended at the desk', async () => {
		const id = await makeSign({ message: 'open' });
		const page = await openWall();
		await page.getByRole('button', { name: `Change ${id}`, exact: true }).click();
		expect(await field(page, 'Notice ends').isVisible()).toBe(false);
		await field(page, 'Notice').fill('closed');
		await form(page).getByText('Draft after 15 minutes: not sent').waitFor();
		await form(page).getByRole('img', { name: 'Draft: closed' }).waitFor();
		await field(page, 'Message').fill('open again');
		await form(page).getByRole('img', { name: 'Draft, after the notice: open again' }).waitFor();
		await field(page, 'Notice').press('Escape');
		await field(page, 'Message').press('Escape');
		expect(await field(page, 'Notice ends').isVisible()).toBe(false);
		expect(await get(id)).toMatchObject({ revision: 1 });

		await field(page, 'Notice').fill('closed');
		await field(page, 'Notice ends').selectOption('60 minutes after it is sent');
		await field(page, 'Notice').press('Enter');
		await untilStored(id, { notice: 'closed', message: 'open', revision: 2 });
		const { noticeUntil } = (await get(id))!;
		expect(Math.abs(Date.parse(noticeUntil as string) - Date.now() - 3_600_000)).toBeLessThan(20_000);
		await form(page).getByRole('img', { name: 'Now: closed' }).waitFor();
		await field(page, 'Notice').fill('Closed'); // the end stays
		await field(page, 'Notice').press('Enter');
		await untilStored(id, { notice: 'Closed', noticeUntil, revision: 3 });

		await form(page).getByRole('button', { name: 'End notice' }).click();
		await untilStored(id, { notice: '', noticeUntil: null, message: 'open', revision: 4 });
		await form(page).getByRole('img', { name: 'Now: open' }).waitFor();
		await form(page).getByRole('button', { name: 'End notice' }).waitFor({ state: 'hidden' });
		await page.getByRole('button', { name: 'Take back' }).click();
		await untilStored(id, { notice: 'Closed', noticeUntil, revision: 5 });
	});

	test('goes to a hall after a person has seen it in dots, and is ended there where it is shown', async () => {
		const location = newId('hall');
		const ids = [1, 2, 3].map((n) => `${location}-${n}`);
		for (const id of ids) await rest('PUT', `/Sign/${id}`, { location, message: id });
		const page = await openWall();
		await page.getByRole('button', { name: 'Desk', exact: true }).click();
		await many(page).getByLabel('To').selectOption(location);
		await many(page).getByRole('button', { name: 'End notice…' }).click();
		await many(page).getByText('Nothing to send: none of these signs shows a notice').waitFor();
		await manyField(page, 'Notice').fill('Fire drill');
		await manyField(page, 'Notice ends').selectOption('5 minutes after it is sent');
		await manyField(page, 'Notice').press('Enter');
		await dialog(page)
			.getByRole('img', { name: `${ids[2]}: Fire drill` })
			.waitFor();
		const lines = await dialog(page).getByRole('listitem').allTextContents();
		expect(lines).toEqual(['Notice: empty → “Fire drill”', 'Notice ends: after 5 minutes']);
		await dialog(page).getByRole('button', { name: 'Send to 3 signs' }).click();
		await page.getByText('3 signs changed').waitFor();
		const [first, ...others] = await Promise.all(ids.map((id) => get(id)));
		expect(Math.abs(Date.parse(first!.noticeUntil as string) - Date.now() - 300_000)).toBeLessThan(20_000);
		for (const other of others) expect(other!.noticeUntil).toBe(first!.noticeUntil);
		expect(await manyField(page, 'Notice ends').isVisible()).toBe(false);

		for (const id of ids) await article(page, id).getByRole('img', { name: 'Fire drill' }).waitFor();
		await rest('PATCH', `/Sign/${ids[0]}`, { noticeUntil: after(-1_000) });
		await article(page, ids[0]!).getByRole('img', { name: ids[0]! }).waitFor();
		await many(page).getByRole('button', { name: 'End notice…' }).click();
		await dialog(page)
			.getByRole('heading', { name: `End the notice of 2 of 3 signs in ${location}` })
			.waitFor();
		await dialog(page).getByRole('button', { name: 'End the notice of 2 signs' }).click();
		await page.getByText('2 signs changed').waitFor();
		for (const id of ids.slice(1)) expect(await get(id)).toMatchObject({ notice: '', noticeUntil: null, message: id });
		expect(await get(ids[0]!)).toMatchObject({ notice: 'Fire drill' });
	});
});
