/** Starts the Chromium for the page's tests and the screenshot: Debian's, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PATH = process.env.CHROMIUM || '/usr/bin/chromium';

/** Without a GPU, and without requests that the browser makes for itself. */
const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

export const hasChromium = existsSync(PATH);
export const NO_CHROMIUM = `there is no Chromium at ${PATH}: install it (apt install chromium), or name another one by CHROMIUM`;

/** @throws when there is no Chromium */
export async function launchChromium(): Promise<Browser> {
	if (!hasChromium) throw new Error(NO_CHROMIUM);
	return chromium.launch({ executablePath: PATH, args: FLAGS });
}
