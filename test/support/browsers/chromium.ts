/** Chromium, by Playwright. The other files of test/page use all of Playwright; here it proves the tests of the other browsers. */
import { hasChromium, launchChromium, NO_CHROMIUM } from '../../../tools/chromium.ts';
import { ENTER, SIZE, sourceOf, type Driver, type Tab } from './tab.ts';

export const chromium: Driver = {
	name: 'Chromium',
	missing: hasChromium ? undefined : NO_CHROMIUM,
	async start({ size = SIZE, reducedMotion } = {}) {
		const browser = await launchChromium();
		const page = await browser.newPage({ viewport: size, reducedMotion: reducedMotion ? 'reduce' : 'no-preference' });
		const errors: string[] = [];
		page.on('pageerror', (error) => errors.push(error.message));
		page.on('console', (message) => /error|warn/.test(message.type()) && errors.push(message.text()));
		const tab: Tab = {
			open: async (address) => void (await page.goto(address)),
			async run(script, ...words) {
				const result = await page.evaluate<string>(
					`(async () => JSON.stringify(await (${sourceOf(script)})(...${JSON.stringify(words)})))()`
				);
				return result && JSON.parse(result);
			},
			async type(text) {
				for (const [number, part] of text.split(ENTER).entries()) {
					if (number > 0) await page.keyboard.press('Enter');
					await page.keyboard.type(part);
				}
			},
			picture: () => page.screenshot(),
			errors: async () => errors,
			close: () => browser.close(),
		};
		return tab;
	},
};
