/**
 * `npm run screenshot`: starts a temporary Harper with a few signs, and writes docs/wall.png, the picture at the top of the
 * README. Needs Chromium.
 */
import { resolve } from 'node:path';
import type { Change } from '../sign/fields.ts';
import { startTemporaryHarper } from '../launcher/temporary-harper.ts';
import { launchChromium } from './chromium.ts';

const PICTURE = resolve(import.meta.dirname, '../docs/wall.png');
const WINDOW = { width: 1280, height: 838 };

const SIGNS: Record<string, Change> = {
	'bakery': { message: 'Bread 🥐 2.40', color: '#ffb000', brightness: 12, location: 'market' },
	'gate-12': { message: 'Gate 12 → 14', color: '#ff3b30', brightness: 15, location: 'airport' },
	'harbour': { message: 'مرحبا بكم', color: '#2fd4ff', brightness: 13, location: 'port' },
	'kiosk': { message: 'closed', power: false, location: 'market' },
	'lobby': { message: 'Welcome!', color: '#b388ff', brightness: 14, location: 'office' },
	'night': { message: 'Quiet hours', color: '#ff7043', brightness: 0, location: 'office' },
	'platform-3': { message: '東京 12:30 発', color: '#ffd54f', brightness: 13, location: 'station' },
	'platform-4': {
		message: 'Mind the gap between the train and the platform',
		color: '#00e676',
		brightness: 14,
		effect: 'scroll',
		location: 'station',
	},
	'pool': { message: 'नमस्ते 26°', color: '#ffea00', brightness: 12, location: 'sports' },
};
/** Signs whose device is offline. */
const OFFLINE = ['kiosk'];
/** Signs whose device is online and has not reported the newest revision. */
const WAITING = ['gate-12'];

const harper = await startTemporaryHarper({ authorizeLocal: true });
try {
	for (const [id, change] of Object.entries(SIGNS)) await makeSign(`${harper.url}/Sign/${id}`, id, change);
	await takePicture(harper.url);
	console.log(`Made ${PICTURE}`);
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
} finally {
	await harper.remove();
}

/** Writes what an operator and the sign's device would write. */
async function makeSign(url: string, id: string, change: Change): Promise<void> {
	await send(url, 'PUT', change);
	if (OFFLINE.includes(id)) return;
	await send(url, 'PATCH', { online: true, shownRevision: WAITING.includes(id) ? 0 : 1 });
}

async function send(url: string, method: string, body: Change): Promise<void> {
	const headers = { 'Content-Type': 'application/json' };
	const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
	if (!response.ok) throw new Error(`${method} ${url} answers ${response.status} ${await response.text()}`);
}

async function takePicture(url: string): Promise<void> {
	const browser = await launchChromium();
	try {
		const page = await browser.newPage({ viewport: WINDOW, colorScheme: 'dark' });
		await page.goto(url);
		await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
		await page.locator('body.writes').waitFor();
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
		await page.screenshot({ path: PICTURE });
	} finally {
		await browser.close();
	}
}
