/** The wall and the desk of the tests' shared server, as an administrator has them. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { openPage, untilState, type PageOptions } from './browser.ts';
import { get, newId, rest, url } from '../support/clients.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

export async function makeSign(fields: object = {}, name?: string): Promise<string> {
	const id = newId(name);
	await rest('PUT', `/Sign/${id}`, fields);
	return id;
}

/** Opens the wall, and waits until it is live. */
export async function openWall(options: PageOptions = {}): Promise<Page> {
	const page = await openPage(url, { account: ADMIN, ...options });
	await untilState(page, 'Live');
	return page;
}

/**
 * Lets requests of the page wait for their answers, which the server has given. With `page.unrouteAll({ behavior: 'wait' })` the test
 * ends this.
 * @returns lets all of them through, the later ones too
 */
export async function holdAnswers(page: Page, pattern: string): Promise<() => void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	await page.route(pattern, async (route) => {
		const response = await route.fetch();
		await promise;
		await route.fulfill({ response });
	});
	return resolve;
}

/** The form of the one chosen sign at the desk. */
export const form = (page: Page) => page.locator('#chosen');
export const field = (page: Page, label: string) => form(page).getByLabel(label, { exact: true });

export const untilStored = (id: string, fields: object) => expect.poll(() => get(id)).toMatchObject(fields);
