/** The page when its server is killed, and when the network to it vanishes. */
import { expect, onTestFinished, test } from 'vitest';
import { startHarper } from '../../launcher/harper.ts';
import { basic } from '../../launcher/operations-api.ts';
import { article, countLit, describePage, dotsOf, openPage, status, untilDots, untilState } from '../page/browser.ts';
import { openPipe } from '../support/pipe.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';

async function start() {
	const harper = await startTemporaryHarper();
	onTestFinished(() => harper.remove());
	return harper;
}

const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/json' };
async function send(url: string, method: string, id: string, fields?: object) {
	const response = await fetch(`${url}/Sign/${id}`, { method, headers, body: fields ? JSON.stringify(fields) : null });
	if (!response.ok) throw new Error(`${method} ${id} answers ${response.status}`);
}

describePage('the page', () => {
	test(
		'shows since when a killed server does not answer, and equals the table when it is back',
		{ timeout: 120_000 },
		async () => {
			const first = await start();
			await send(first.url, 'PUT', 'stays', { message: 'before' });
			await send(first.url, 'PATCH', 'stays', { online: true, shownRevision: 1 });
			await send(first.url, 'PUT', 'goes', { message: 'goes' });
			const page = await openPage(first.url, { account: ADMIN });
			await untilState(page, 'Live');
			await article(page, 'stays').getByText('Showing', { exact: true }).waitFor();
			await page.getByRole('button', { name: 'Change stays' }).waitFor(); // the desk is loaded after the wall
			await first.kill();
			await untilState(page, 'Lost since', 60_000);
			await article(page, 'stays').getByText('Not known').waitFor();
			expect(await article(page, 'stays').getByText('Showing', { exact: true }).count()).toBe(0);
			await page.getByRole('button', { name: 'Change stays' }).click();
			await page.locator('#chosen').getByLabel('Message').fill('in vain');
			await page.keyboard.press('Enter');
			await page.getByRole('alert').filter({ hasText: 'Not sent: the server does not answer' }).waitFor();

			const second = await startHarper(first.options);
			onTestFinished(() => second.stop());
			await send(second.url, 'DELETE', 'goes');
			await send(second.url, 'PUT', 'stays', { message: 'after' });
			await send(second.url, 'PUT', 'new', { message: 'new' });
			await untilState(page, 'Live', 60_000);
			await article(page, 'stays').getByRole('img', { name: 'after' }).waitFor();
			await article(page, 'new').waitFor();
			expect(await page.getByRole('article').getByRole('heading').allTextContents()).toEqual(['new', 'stays']);
		}
	);

	test(
		'notices within 60 s that the network is gone, keeps the sign, and reconnects',
		{ timeout: 180_000 },
		async () => {
			const harper = await start();
			await send(harper.url, 'PUT', 'lobby', { message: 'before' });
			const pipe = await openPipe(harper.options.httpPort);
			const page = await openPage(`http://127.0.0.1:${pipe.port}/?sign=lobby`, { account: ADMIN });
			await untilState(page, 'Live');
			const before = await untilDots(page, undefined, (dots) => countLit(dots) > 100);
			pipe.cut();
			await send(harper.url, 'PATCH', 'lobby', { message: 'after' });
			await untilState(page, 'Lost since', 60_000);
			expect(await status(page).isVisible()).toBe(true);
			expect(await dotsOf(page)).toEqual(before);
			pipe.heal();
			await untilState(page, 'Live', 60_000);
			await page.getByRole('img', { name: 'after' }).waitFor();
			await untilDots(page, undefined, (dots) => dots.join() !== before.join());
		}
	);
});
