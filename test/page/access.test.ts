/** Accessibility: axe-core checks every view of the page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { article, describePage, openPage, untilState } from './browser.ts';
import { newId, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The serious and critical violations that axe finds: each rule with its elements. */
async function findings(page: Page): Promise<string[]> {
	await page.addScriptTag({ content: AXE });
	const { violations } = await page.evaluate(() =>
		(window as unknown as { axe: typeof import('axe-core') }).axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		})
	);
	return violations
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

// Axe takes its time for each sign: the wall shows only those that are made here.
describePage('axe-core finds nothing serious', () => {
	const views = ['light', 'dark'].flatMap((colorScheme) => [390, 1280].map((width) => ({ colorScheme, width })));
	// only so that axe's script can be added to the page
	const options = { bypassCSP: true };

	test.for(views)('on the wall, $colorScheme, $width pixels wide, with the desk and its refusals', async (view) => {
		const id = newId('axe');
		await rest('PUT', `/Sign/${id}`, { message: 'Gate 12', location: 'hall', online: true });
		const page = await openPage(`${url}/?search=axe`, {
			...options,
			account: ADMIN,
			colorScheme: view.colorScheme as 'light' | 'dark',
			viewport: { width: view.width, height: 900 },
			reducedMotion: 'reduce',
		});
		await article(page, id).waitFor();
		await page.locator('#tools:enabled').waitFor();
		expect(await findings(page)).toEqual([]);
		await page.getByRole('button', { name: `Change ${id}`, exact: true }).click();
		await page.locator('#chosen').getByLabel('Message').fill('x'.repeat(257));
		await page.keyboard.press('Enter');
		await page.getByRole('alert').filter({ hasText: 'message must be' }).waitFor();
		expect(await findings(page)).toEqual([]);
		await page.getByRole('button', { name: 'Remove…' }).click();
		await page.getByRole('dialog').waitFor();
		expect(await findings(page)).toEqual([]);
	});

	test('on the wall in forced colours, with signs that are dark, blink or are not shown', async () => {
		const id = newId('axe');
		for (const fields of [{ power: false }, { effect: 'blink', message: 'now' }, { message: '' }])
			await rest('PUT', `/Sign/${newId('axe')}`, { message: 'Closed', ...fields });
		await rest('PUT', `/Sign/${id}`, { message: 'Gate 12', online: true, shownRevision: 1 });
		const page = await openPage(`${url}/?search=axe`, {
			...options,
			account: ADMIN,
			forcedColors: 'active',
			reducedMotion: 'reduce',
		});
		await article(page, id).waitFor();
		await page.locator('#tools:enabled').waitFor();
		await untilState(page, 'Live');
		expect(await findings(page)).toEqual([]);
		await page.emulateMedia({ forcedColors: 'none', colorScheme: 'dark' });
		expect(await findings(page)).toEqual([]);
	});

	test('at the login, also after a refusal and in the dark', async () => {
		const page = await openPage(url, options);
		await untilState(page, 'Signed out');
		await page.getByLabel('Username').fill(newId('nobody'));
		await page.getByLabel('Password').fill('wrong');
		await page.keyboard.press('Enter');
		await page.getByRole('alert').filter({ hasText: 'wrong username' }).waitFor();
		expect(await findings(page)).toEqual([]);
		await page.emulateMedia({ colorScheme: 'dark' });
		expect(await findings(page)).toEqual([]);
	});

	test('on a screen that is a sign', async () => {
		const id = newId('axe');
		await rest('PUT', `/Sign/${id}`, { message: 'Gate 12' });
		const page = await openPage(`${url}/?sign=${id}`, { ...options, account: ADMIN });
		await untilState(page, 'Live');
		await page.mouse.move(100, 100);
		await page.getByRole('button', { name: 'Full screen' }).waitFor();
		expect(await findings(page)).toEqual([]);
	});
});
