/** The wall: every page shows every write, dot by dot. */
import { expect, test } from 'vitest';
import {
	article,
	coloursOf,
	countLit,
	describePage,
	dotsOf,
	freeze,
	untilDots,
	untilSame,
	type PageOptions,
} from './browser.ts';
import { makeSign, openWall } from './views.ts';
import { connectMqtt, newId, rest, url } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { runLine } from '../support/program.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** The time on frozen pages. */
const NOON = Date.UTC(2026, 10, 24, 12);

/** Opens a page, and waits until it shows the sign. */
async function openWallWith(id: string, options: PageOptions = {}) {
	const page = await openWall(options);
	await article(page, id).waitFor();
	return page;
}

/** Writes other fields, and waits until the page shows the message. */
async function change(page: Awaited<ReturnType<typeof openWallWith>>, id: string, fields: { message: string }) {
	await rest('PATCH', `/Sign/${id}`, fields);
	await article(page, id).getByRole('img', { name: fields.message, exact: true }).waitFor();
	return untilDots(page, id, (dots) => countLit(dots) > 0);
}

const isMovedBy = (before: string[], after: string[], dots: number) =>
	before.every((row, number) =>
		dots > 0 ? row.slice(0, -dots) === after[number]!.slice(dots) : row.slice(-dots) === after[number]!.slice(0, dots)
	);

describePage('the wall', () => {
	test('two pages show the same dots after a change by a device, by curl and by a person', async () => {
		const id = await makeSign({ message: 'one' });
		const pages = [await openWallWith(id), await openWallWith(id)];
		const one = await untilSame(pages, id);
		const device = await connectMqtt('MQTT 3.1.1');
		await device.publishAsync(`Sign/${id}`, '{"message":"two","color":"#00ff00"}', { qos: 1 });
		const two = await untilSame(pages, id, one);
		await runLine(
			`curl -sf -u '${ADMIN.username}:${ADMIN.password}' -X PATCH --json '{"message":"three"}' ${url}/Sign/${id}`
		);
		const three = await untilSame(pages, id, two);
		await pages[0]!.getByRole('button', { name: `Change ${id}` }).click();
		await pages[0]!.locator('#chosen').getByLabel('Message').fill('four');
		await pages[0]!.keyboard.press('Enter');
		const four = await untilSame(pages, id, three);
		expect(new Set([one, two, three, four]).size).toBe(4);
		for (const page of pages) await article(page, id).getByRole('img', { name: 'four' }).waitFor();
	});

	test('shows "Showing" only for a device that is online and reports it', async () => {
		const id = await makeSign({ message: 'sent' });
		const page = await openWallWith(id);
		const text = (words: string) => article(page, id).getByText(words, { exact: true });
		const report = (fields: object) => rest('PATCH', `/Sign/${id}`, fields);
		await text('Offline').waitFor();
		await text('Waiting for the sign').waitFor();
		await report({ online: true });
		await text('Online').waitFor();
		await text('Waiting for the sign').waitFor();
		await report({ shownRevision: 1 });
		await text('Showing').waitFor();
		await report({ online: false });
		await text('Offline').waitFor();
		expect(await text('Showing').count()).toBe(0);
		await report({ online: true, location: 'hall' });
		await text('Waiting for the sign').waitFor();
		await text('hall').waitFor();
	});

	test('shows a message of markup as the text that it is', async () => {
		const message = `<script>document.title='x'</script><img src=x onerror="document.title='x'">`;
		const id = await makeSign({ message });
		const page = await openWallWith(id, { reducedMotion: 'reduce' });
		await article(page, id).getByRole('img', { name: message, exact: true }).scrollIntoViewIfNeeded();
		await article(page, id).getByText(message, { exact: true }).waitFor();
		expect(await article(page, id).locator('script, img').count()).toBe(0);
		expect(await page.title()).toBe('LED signs');
		expect(countLit(await dotsOf(page, id))).toBeGreaterThan(100);
	});

	test('shows every script and emoji, each with dots of its own', async () => {
		const id = await makeSign({ message: 'A' });
		const page = await openWallWith(id);
		const pictures = [];
		for (const message of ['Grüße', 'مرحبا', 'שלום', 'नमस्ते', '東京', 'Ελλάδα', '😀', '🖤', '👩‍👩‍👧']) {
			const dots = await change(page, id, { message });
			expect(countLit(dots), message).toBeGreaterThan(8);
			pictures.push(dots.join('\n'));
		}
		expect(new Set(pictures).size).toBe(pictures.length);
	});

	test('shows a scroll at the same dot on every page, further by its speed with the clock', async () => {
		const id = await makeSign({ message: 'Departures', effect: 'scroll', speed: 10 });
		const pages = [
			await openWallWith(id, { prepare: freeze(NOON) }),
			await openWallWith(id, { prepare: freeze(NOON) }),
		];
		await untilSame(pages, id);
		const before = await dotsOf(pages[0]!, id);
		expect(countLit(before)).toBeGreaterThan(50);
		await pages[0]!.clock.setFixedTime(NOON + 300);
		await untilDots(pages[0]!, id, (dots) => isMovedBy(before, dots, -3));
	});

	test('moves what is read from right to left to the right', async () => {
		const id = await makeSign({ message: 'שלום עולם', effect: 'scroll', speed: 10 });
		const page = await openWallWith(id, { prepare: freeze(NOON) });
		const before = await untilDots(page, id, (dots) => countLit(dots) > 50);
		await page.clock.setFixedTime(NOON + 300);
		await untilDots(page, id, (dots) => isMovedBy(before, dots, 3));
	});

	test('scrolls a static text of 256 characters, so that all of it is seen', async () => {
		const id = await makeSign({ message: `${'x'.repeat(254)}😀Z` });
		const page = await openWallWith(id, { prepare: freeze(NOON) });
		const seen = new Set<string>();
		for (let time = NOON; ; time += 4_000) {
			await page.clock.setFixedTime(time);
			const dots = await untilDots(page, id, (dots) => countLit(dots) > 0 && !seen.has(dots.join('\n')));
			seen.add(dots.join('\n'));
			// the end: unlike the rest it leaves a gap before the beginning
			if (dots.some((row) => /\.{12}/.test(row)) && dots.every((row) => /\.{12}/.test(row))) break;
			expect(time).toBeLessThan(NOON + 120_000);
		}
		expect(seen.size).toBeGreaterThan(10);
	});

	test('blinks for half of each second', async () => {
		const id = await makeSign({ message: 'alarm', effect: 'blink' });
		const page = await openWallWith(id, { prepare: freeze(NOON) });
		await untilDots(page, id, (dots) => countLit(dots) > 50);
		await page.clock.setFixedTime(NOON + 500);
		await untilDots(page, id, (dots) => countLit(dots) === 0);
		await page.clock.setFixedTime(NOON + 1_000);
		await untilDots(page, id, (dots) => countLit(dots) > 50);
	});

	test('shows the lowest brightness dim, and no power dark with the dots still there', async () => {
		const id = await makeSign({ message: 'HHHH', color: '#ffffff', brightness: 15 });
		const page = await openWallWith(id);
		const light = async () => Math.max(...(await coloursOf(page, id)).flat(2));
		const darkest = async () => Math.min(...(await coloursOf(page, id)).flat(2));
		await expect.poll(light).toBeGreaterThan(240);
		await rest('PATCH', `/Sign/${id}`, { brightness: 0 });
		const dim = await eventually(light, (light) => light < 200);
		expect(dim).toBeGreaterThan(90);
		const unlit = await darkest();
		await rest('PATCH', `/Sign/${id}`, { power: false });
		const off = await eventually(light, (light) => light < 60);
		expect(off).toBeGreaterThan(20); // the housing is darker
		expect(off).toBeLessThan(unlit);
	});

	test('moves nothing when the user prefers reduced motion, or stops the motion', async () => {
		const message = 'a text that is much longer than the matrix is wide';
		const id = await makeSign({ message, effect: 'scroll', speed: 100 });
		const blinking = await makeSign({ message: 'alarm', effect: 'blink' });
		const page = await openWallWith(id, { prepare: freeze(NOON + 500), reducedMotion: 'reduce' });
		const before = await untilDots(page, id, (dots) => countLit(dots) > 50);
		await untilDots(page, blinking, (dots) => countLit(dots) > 50);
		expect(before[12]!.slice(-7)).toBe('.#.#.#.'.slice(-7));
		await page.clock.setFixedTime(NOON + 4_200);
		await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
		expect(await dotsOf(page, id)).toEqual(before);
		await page.getByRole('button', { name: 'Resume motion' }).click();
		await untilDots(page, id, (dots) => dots.join() !== before.join());
		await page.getByRole('button', { name: 'Stop motion' }).click();
		await untilDots(page, id, (dots) => dots.join() === before.join());
	});

	test('takes a removed sign away, and shows a new one in the order of the ids', async () => {
		const prefix = newId('order');
		for (const name of ['a', 'c']) await rest('PUT', `/Sign/${prefix}-${name}`, {});
		const page = await openWallWith(`${prefix}-c`);
		await rest('PUT', `/Sign/${prefix}-b`, {});
		await article(page, `${prefix}-b`).waitFor();
		const ids = async () =>
			(await page.getByRole('article').getByRole('heading').allTextContents()).filter((id) => id.startsWith(prefix));
		expect(await ids()).toEqual(['a', 'b', 'c'].map((name) => `${prefix}-${name}`));
		await rest('DELETE', `/Sign/${prefix}-a`);
		await article(page, `${prefix}-a`).waitFor({ state: 'detached' });
		expect(await ids()).toEqual(['b', 'c'].map((name) => `${prefix}-${name}`));
	});
});
