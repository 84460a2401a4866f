/** "What was here" at the desk: the last texts of a sign, and a text that is shown again. */
import { expect, test } from 'vitest';
import { describePage } from './browser.ts';
import { field, form, makeSign, openWall, untilStored } from './views.ts';
import { get, rest } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

describePage('what was on a sign', () => {
	test('is listed with its author, and is a draft again until a person sends it', async () => {
		const id = await makeSign({ message: 'first', color: '#ff0000', brightness: 3 });
		await rest('PATCH', `/Sign/${id}`, { message: 'second', color: '#00ff00', brightness: 5 });
		await rest('PATCH', `/Sign/${id}`, { notice: 'drill', noticeUntil: new Date(Date.now() - 1_000).toISOString() });
		const page = await openWall();
		await page.getByRole('button', { name: `Change ${id}`, exact: true }).click();
		await form(page).getByText('What was here').click();
		const texts = form(page).getByRole('listitem');
		await texts.nth(2).waitFor();
		expect(await texts.locator('.what').allTextContents()).toEqual(['Notice “drill”', '“second”', '“first”']);
		for (const words of await texts.locator('.by').allTextContents()) expect(words).toBe(`by ${ADMIN.username}`);
		await texts.nth(1).getByText('Stands there now').waitFor();

		await texts.nth(2).getByRole('button', { name: 'Show again' }).click();
		await form(page).getByRole('img', { name: 'Draft: first' }).waitFor();
		expect(await get(id)).toMatchObject({ message: 'second', revision: 3 });
		await page.keyboard.press('Enter'); // Send has the focus
		await untilStored(id, { message: 'first', color: '#ff0000', brightness: 5, revision: 4 });
		await texts.nth(0).getByText('“first”').waitFor();

		await form(page).getByRole('button', { name: 'Show again: “drill”' }).click();
		await form(page).getByText('Draft after 15 minutes: not sent').waitFor();
		await page.keyboard.press('Enter');
		await untilStored(id, { message: 'first', notice: 'drill', revision: 5 });
		await form(page).getByRole('img', { name: 'Now: drill' }).waitFor();
		expect(await field(page, 'Notice ends').inputValue()).toBe('time');
		await page.getByRole('button', { name: 'Take back' }).click();
		await form(page).getByRole('img', { name: 'Now: first' }).waitFor();
	});
});
