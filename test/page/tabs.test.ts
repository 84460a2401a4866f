/** Several pages of one browser, which share a stream. */
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { article, describePage, openPage, untilAllIsLoaded, untilState } from './browser.ts';
import { makeSign } from './views.ts';
import { addAccount, rest, url } from '../support/clients.ts';
import { openGateway } from '../support/gateway.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Opens more pages in the browser of a page. The test fails if the script of one reports an error. */
async function openTabs(page: Page, addresses: string[]): Promise<Page[]> {
	const context = page.context();
	const errors: Error[] = [];
	context.on('weberror', (error) => errors.push(error.error()));
	onTestFinished(() => expect(errors).toEqual([]));
	return Promise.all(
		addresses.map(async (address) => {
			const tab = await context.newPage();
			await tab.goto(address);
			return tab;
		})
	);
}

/** A change by a request of the page. */
const patch = (page: Page, id: string, message: string) =>
	page.evaluate(
		async ([id, message]) => {
			const headers = { 'Content-Type': 'application/json' };
			const body = JSON.stringify({ message });
			const { ok } = await fetch(`/Sign/${id}`, { method: 'PATCH', headers, body });
			if (!ok) throw new Error('the change is refused');
		},
		[id, message] as const
	);

async function logIn(page: Page, { username, password }: { username: string; password: string }) {
	await page.getByLabel('Username').fill(username);
	await page.getByLabel('Password').fill(password);
	await page.keyboard.press('Enter');
}

/** Ends the worker, as browsers do when they lack memory. */
async function endSharedWorker(page: Page): Promise<void> {
	const browser = await page.context().browser()!.newBrowserCDPSession();
	const { origin } = new URL(page.url());
	const workers = async () =>
		(await browser.send('Target.getTargets')).targetInfos
			.filter(({ type, url }) => type === 'shared_worker' && url.startsWith(`${origin}/`))
			.map(({ targetId }) => targetId);
	const [targetId] = await workers();
	await browser.send('Target.closeTarget', { targetId: targetId! });
	await expect.poll(workers).not.toContain(targetId);
}

const showsMessage = (page: Page, id: string, message: string) =>
	page.url().includes('?sign=')
		? page
				.locator('#screen[role=img]')
				.and(page.getByRole('img', { name: message, exact: true }))
				.waitFor()
		: article(page, id).getByRole('img', { name: message, exact: true }).waitFor();

/** What is loaded after the first drawing makes requests, too. */
async function untilNoRequests(page: Page): Promise<void> {
	await untilAllIsLoaded(page);
	await page.waitForFunction(() =>
		performance.getEntriesByType('resource').some(({ name }) => new URL(name).pathname === '/notice-ends.js')
	);
	if (!page.url().includes('?sign=')) await page.locator('body.writes').waitFor();
}

/** Runs in the page: keeps its requests. */
function keepRequests() {
	const requests: Promise<Response>[] = [];
	const { fetch } = window;
	window.fetch = (...words) => {
		const answer = fetch(...words);
		requests.push(answer);
		return answer;
	};
	Object.assign(window, { requests });
}
const untilAnswered = (page: Page) =>
	page.evaluate(() =>
		Promise.allSettled((window as unknown as { requests: Promise<Response>[] }).requests).then(() => {})
	);

describePage('twelve pages of one browser', () => {
	test('are live, change signs as freely as one page, and make the attempts of one', async () => {
		const [id, other] = [await makeSign(), await makeSign()];
		const gateway = await openGateway(url);
		const first = await openPage(gateway.url, { account: ADMIN });
		const screens = [id, other, id, other, id].map((id) => `${gateway.url}/?sign=${id}`);
		const pages = [first, ...(await openTabs(first, [...screens, ...Array<string>(6).fill(gateway.url)]))];
		for (const page of pages) await untilState(page, 'Live');
		for (const page of pages) await untilNoRequests(page);
		expect(gateway.streams).toEqual(['/Sign/']);
		for (const [number, page] of pages.entries()) await patch(page, id, `from page ${number}`);
		for (const page of pages) if (!page.url().includes(other)) await showsMessage(page, id, 'from page 11');

		const seen = gateway.requests.received.length;
		const requests = () => gateway.requests.received.slice(seen);
		gateway.become('hangs');
		const changes = pages.map((page) => patch(page, id, 'not answered').catch(() => {}));
		// one page, too, has five of the browser's six connections for its requests
		await expect.poll(() => requests().length).toBe(5);

		const attempts = () => requests().filter((request) => !request.startsWith('PATCH'));
		gateway.become('refuses');
		await Promise.all([
			expect.poll(attempts).toEqual(['GET /Session/']),
			...changes,
			...pages.map((page) => untilState(page, 'Lost since')),
		]);
		const failed = attempts();
		expect(new Set(failed)).toEqual(new Set(['GET /Session/']));
		gateway.become('forwards');
		await Promise.all(pages.map((page) => page.evaluate(() => dispatchEvent(new Event('online')))));
		for (const page of pages) await untilState(page, 'Live');
		expect(attempts().slice(failed.length)).toEqual([
			'GET /Session/',
			'stream /Sign/',
			'GET /Sign/?select(id,revision,changedAt)',
		]);
	});
});

describePage('pages of one browser', () => {
	test('read nothing again for a page that is opened later, and all signs only while a page shows them', async () => {
		const id = await makeSign({ message: 'here' });
		const gateway = await openGateway(url);
		const screen = await openPage(`${gateway.url}/?sign=${id}`, { account: ADMIN });
		await untilState(screen, 'Live');
		const [wall] = await openTabs(screen, [gateway.url]);
		await untilState(wall!, 'Live');
		await expect.poll(() => gateway.streams).toEqual(['/Sign/']);
		const before = gateway.requests.received.length;
		const [later] = await openTabs(wall!, [gateway.url]);
		await untilState(later!, 'Live');
		await article(later!, id).getByRole('img', { name: 'here' }).waitFor();
		expect(gateway.requests.received.slice(before).filter((path) => path.includes('/Sign/'))).toEqual([]);
		for (const page of [wall!, later!]) {
			await page.goto('about:blank'); // the page tells the worker that it leaves
			await page.close();
		}
		await expect.poll(() => gateway.streams).toEqual([`/Sign/${id}`]);
		await patch(screen, id, 'still here');
		await showsMessage(screen, id, 'still here');
	});

	test('begin and end their session together', async () => {
		const id = await makeSign({ message: 'for all' });
		const gateway = await openGateway(url);
		const first = await openPage(gateway.url);
		const [second, screen] = await openTabs(first, [gateway.url, `${gateway.url}/?sign=${id}`]);
		const pages = [first, second!, screen!];
		for (const page of pages) await untilState(page, 'Signed out');
		const reports = await screen!.evaluateHandle(() => {
			const heard: string[] = [];
			new BroadcastChannel('session').onmessage = ({ data }) => heard.push(data);
			return heard;
		});
		await logIn(second!, ADMIN);
		await expect.poll(() => reports.jsonValue()).toEqual(['changed']);
		for (const page of pages) {
			await untilState(page, 'Live');
			await showsMessage(page, id, 'for all');
		}
		// while it is live, the worker connects again for such a report only
		const seen = gateway.requests.received.length;
		await second!.evaluate(() => new BroadcastChannel('session').postMessage('changed'));
		await expect.poll(() => gateway.requests.received.slice(seen)).toContain('stream /Sign/');
		for (const page of pages) await untilState(page, 'Live');
		await first.getByRole('button', { name: 'Sign out' }).click();
		await expect.poll(() => reports.jsonValue()).toEqual(['changed', 'changed', 'ended']);
		for (const page of pages) await untilState(page, 'Signed out');
		expect(await second!.getByRole('article').count()).toBe(0);
		await screen!.getByRole('img', { name: 'No message' }).waitFor();
	});

	test('of which one has a later version of the page have a stream for each version', async () => {
		expect((await fetch(url)).headers.get('last-modified')).toBeTruthy();
		const gateway = await openGateway(url);
		const first = await openPage(gateway.url, { account: ADMIN });
		await untilState(first, 'Live');
		await first
			.context()
			.addInitScript(() => Object.defineProperty(document, 'lastModified', { value: '01/01/2031 00:00:00' }));
		const [later] = await openTabs(first, [gateway.url]);
		await untilState(later!, 'Live');
		expect(gateway.streams).toEqual(['/Sign/', '/Sign/']);
	});

	test('notice that the browser has ended their worker, and start another, also when the server is away', async () => {
		const id = await makeSign({ message: 'before' });
		const gateway = await openGateway(url);
		const page = await openPage(gateway.url, { account: ADMIN, prepare: (page) => page.clock.install() });
		await untilState(page, 'Live');
		const states = await page.evaluateHandle(() => {
			const seen: string[] = [];
			const status = document.querySelector('#connection')!;
			new MutationObserver(() => seen.push(status.textContent!)).observe(status, { childList: true });
			return seen;
		});
		await endSharedWorker(page);
		await page.clock.runFor(46_000);
		await expect.poll(() => states.jsonValue()).toEqual([expect.stringMatching(/^Lost since/), 'Live']);

		await endSharedWorker(page);
		gateway.become('refuses');
		const seen = gateway.requests.received.length;
		await page.clock.runFor(46_000);
		await untilState(page, 'Lost since');
		await article(page, id).getByRole('img', { name: 'before' }).waitFor();
		// the browser's for the worker, and the page's, which asks why there is none; after 20 s, if the browser reports no failure
		const asked = () => gateway.requests.received.slice(seen).filter((path) => path === 'GET /shared-worker.js');
		while (asked().length < 2) await page.clock.runFor(1_000);
		gateway.become('forwards');
		await rest('PATCH', `/Sign/${id}`, { message: 'after' });
		await page.clock.runFor(5_000);
		await untilState(page, 'Live');
		await showsMessage(page, id, 'after');
		const [other] = await openTabs(page, [gateway.url]);
		await untilState(other!, 'Live');
		await expect.poll(() => gateway.streams).toEqual(['/Sign/']);
	});

	test('show an account of a device its own sign only, and the next account what it may read', async () => {
		const account = await addAccount('device', 'sign_device');
		const own = account.username;
		await rest('PUT', `/Sign/${own}`, { message: 'mine' });
		const id = await makeSign({ message: 'not mine' });
		const gateway = await openGateway(url);
		const wall = await openPage(gateway.url, { account });
		const [screen, other] = await openTabs(
			wall,
			[own, id].map((id) => `${gateway.url}/?sign=${id}`)
		);
		await untilState(screen!, 'Live');
		await showsMessage(screen!, own, 'mine');
		for (const page of [wall, other!]) await untilState(page, 'Refused: a device reads its own sign only');
		expect(await other!.getByRole('img', { name: 'not mine' }).count()).toBe(0);
		expect(gateway.streams).toEqual([`/Sign/${own}`]);
		await wall.getByRole('button', { name: 'Sign out' }).click();
		await logIn(wall, ADMIN);
		for (const page of [wall, screen!, other!]) await untilState(page, 'Live');
		await showsMessage(other!, id, 'not mine');
		await expect.poll(() => gateway.streams).toEqual(['/Sign/']);
	});

	test('share a stream also when their worker has failed once, and the server is back when the page looks for its script', async () => {
		const gateway = await openGateway(url);
		const failsOnce =
			'let starts = 0; SharedWorker = class extends SharedWorker { constructor(...args) { super(...(starts++ ? args : ["/none.js"])); } }';
		const page = await openPage(gateway.url, {
			account: ADMIN,
			prepare: (page) => page.addInitScript(failsOnce),
		});
		await untilState(page, 'Live');
		const [other] = await openTabs(page, [gateway.url]);
		await untilState(other!, 'Live');
		expect(gateway.streams).toEqual(['/Sign/']);
		expect(gateway.requests.received).toContain('GET /none.js');
	});
});

describePage('a page without a shared worker', () => {
	test('makes fewer and fewer attempts, and one at once when the network or a person is back', async () => {
		const gateway = await openGateway(url);
		let last: Promise<unknown> | undefined;
		const page = await openPage(gateway.url, {
			account: ADMIN,
			prepare: async (page) => {
				await page.addInitScript('delete window.SharedWorker');
				await page.addInitScript(keepRequests);
				await page.clock.install();
				last = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/notice-ends.js'));
			},
		});
		await untilState(page, 'Live');
		await untilAllIsLoaded(page);
		await page.locator('body.writes').waitFor();
		await last;
		gateway.become('refuses');
		const before = gateway.requests.received.length;
		await untilState(page, 'Lost since');
		const pass = async () => {
			await page.clock.runFor(1_000);
			await untilAnswered(page); // by its clock the page waits 10 s for an answer
		};
		for (let second = 0; second < 300; second++) await pass();
		const attempts = gateway.requests.received.slice(before);
		expect(new Set(attempts)).toEqual(new Set(['GET /Session/']));
		console.log(`${attempts.length} requests in 300 s`);
		expect(attempts.length).toBeGreaterThan(10);
		expect(attempts.length).toBeLessThan(25);
		// after an attempt it makes none of its own for 15 s
		const { length } = gateway.requests.received;
		while (gateway.requests.received.length === length) await pass();
		await page.clock.pauseAt(await page.evaluate(() => Date.now() + 5_000));
		gateway.become('forwards');
		await page.evaluate(() => dispatchEvent(new Event('online')));
		await untilState(page, 'Live');
	});

	test.for([
		['has none', 'delete window.SharedWorker'],
		['cannot start it', 'SharedWorker = class extends SharedWorker { constructor() { super("/none.js"); } }'],
	])('because the browser %s has a stream while it is visible', { timeout: 120_000 }, async ([, script]) => {
		const gateway = await openGateway(url);
		const page = await openPage(gateway.url, {
			account: ADMIN,
			prepare: (page) => page.addInitScript(script!),
		});
		// the page waits 20 s for a worker of which the browser reports nothing, and tries twice
		await untilState(page, 'Live', 60_000);
		const become = (state: string) =>
			page.evaluate((state) => {
				Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
				document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
			}, state);
		expect(gateway.streams).toEqual(['/Sign/']);
		await become('hidden');
		await expect.poll(() => gateway.streams).toEqual([]);
		await become('visible');
		await untilState(page, 'Live');
		expect(gateway.streams).toEqual(['/Sign/']);
	});
});
