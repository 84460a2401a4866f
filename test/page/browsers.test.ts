/** The page in Chromium, Firefox and WebKit: the same sentences in each. The other files of this folder use Chromium. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeSign } from './views.ts';
import { chromium } from '../support/browsers/chromium.ts';
import { firefox } from '../support/browsers/firefox.ts';
import { ENTER, SIZE, type Driver, type Settings, type Tab } from '../support/browsers/tab.ts';
import { webkit } from '../support/browsers/webkit.ts';
import { newId, rest, url } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { openPipe } from '../support/pipe.ts';
import { countLit, readColours, selectorOf, toDots, untilDrawn, type Dots } from './dots.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { screenSize, WALL_SIZE } from '../../web/matrix-size.js';

/** Browsers report as errors of the console, too, what the server refused and that it was away: the tests cause both. */
const EXPECTED =
	/Failed to load resource|NETWORK|can.t establish a connection|was interrupted|Could not connect|due to access control/i;

/** In ms: on a busy machine WebKit without a graphics card takes ten seconds and more for the first frames of a page. */
const FIRST_FRAMES = 30_000;
/** In ms: the longest time between two attempts of a page to connect, and some for the attempt. */
const NEXT_ATTEMPT = 40_000;

/** Opens the page as a person who is logged in. */
async function openLoggedIn(tab: Tab, address: string) {
	await tab.open(address);
	// Firefox reports an error for what the page still loads when it is left
	await eventually(
		() => tab.run(() => document.body.dataset.state ?? 'connecting'),
		(state) => state !== 'connecting'
	);
	await tab.run(async (account) => {
		const headers = { 'Content-Type': 'application/json' };
		await fetch('/Session', { method: 'POST', headers, body: JSON.stringify(account) });
	}, ADMIN);
	await tab.open(address);
}

/** Starts a browser, which ends with the test. */
async function startForTest({ start }: Driver, settings: Settings) {
	const tab = await start(settings);
	onTestFinished(() => tab.close());
	return tab;
}

const unexpected = async (tab: Tab) => (await tab.errors()).filter((text) => !EXPECTED.test(text));

/** The text of an element; empty when it is missing or not visible. */
const textOf = (tab: Tab, selector: string) =>
	tab.run((selector) => {
		const found = document.querySelector<HTMLElement>(selector);
		found?.scrollIntoView({ block: 'nearest' }); // what is not in view has no text in WebKit
		return found?.checkVisibility() ? found.innerText.replaceAll('\n', ' ') : '';
	}, selector);
const untilText = (tab: Tab, selector: string, words: string, timeout = FIRST_FRAMES) =>
	eventually(
		() => textOf(tab, selector),
		(text) => text.includes(words),
		timeout,
		`"${words}" in ${selector}`
	);
const untilState = (tab: Tab, words: string, timeout?: number) => untilText(tab, '#connection', words, timeout);

/** How the housing of a sign looks. It dims its dots a moment after a change. */
const housingOf = (tab: Tab, id: string) =>
	tab.run(async (id) => {
		const housing = document.querySelector(`[data-id="${id}"] .housing`)!;
		const canvas = housing.querySelector('canvas')!;
		await Promise.allSettled(canvas.getAnimations().map(({ finished }) => finished));
		const { borderTopStyle: border, backgroundImage } = getComputedStyle(housing);
		return { border, isHatched: backgroundImage !== 'none', isDim: getComputedStyle(canvas).opacity !== '1' };
	}, id);

async function click(tab: Tab, selector: string) {
	await untilText(tab, selector, '');
	await tab.run((selector) => document.querySelector<HTMLElement>(selector)!.click(), selector);
}

/** Writes a text into a field by the keyboard. */
async function fill(tab: Tab, selector: string, text: string) {
	await tab.run((selector) => {
		const field = document.querySelector<HTMLInputElement>(selector)!;
		field.focus();
		field.select();
	}, selector);
	await tab.type(text);
}

/** The field of the desk with this label. */
const fieldOf = (tab: Tab, label: string) =>
	tab.run((label) => {
		const found = Array.from(document.querySelectorAll('#chosen label')).find(
			({ textContent }) => textContent === label
		);
		return `#${(found as HTMLLabelElement).htmlFor}`;
	}, label);

async function dotsOf(tab: Tab, id?: string): Promise<Dots> {
	const size = id ? WALL_SIZE : screenSize(SIZE.width, SIZE.height);
	const selector = selectorOf(id);
	const colours = await untilDrawn(async () => {
		await tab.run((selector) => document.querySelector(selector)!.scrollIntoView({ block: 'center' }), selector);
		return tab.run(readColours, { selector, ...size });
	}, FIRST_FRAMES);
	return toDots(colours);
}
const untilDots = (tab: Tab, id: string | undefined, accept: (dots: Dots) => boolean) =>
	eventually(() => dotsOf(tab, id), accept, FIRST_FRAMES);

/** Tests that need a browser. Where it is missing, CI fails; elsewhere they are skipped with the reason. */
function describeBrowser(driver: Driver, tests: () => void) {
	const { name, missing } = driver;
	if (missing && !process.env.CI) return void describe(name, () => test.skip(missing, () => {}));
	describe(name, tests);
}

for (const driver of [chromium, firefox, webkit])
	describeBrowser(driver, () => {
		let tab: Tab;
		beforeAll(async () => {
			tab = await driver.start();
			await openLoggedIn(tab, url);
		});
		afterAll(() => tab?.close());

		test('logs in with the form, which says what was wrong', async () => {
			const id = await makeSign({ message: 'Hi' });
			await tab.run(() => fetch('/Session', { method: 'DELETE' }).then(({ ok }) => ok));
			await tab.open(url);
			await untilState(tab, 'Signed out');
			await eventually(() => tab.run(() => document.querySelector<HTMLElement>('#login')?.hidden === false), Boolean);
			await fill(tab, '[name=username]', ADMIN.username);
			await fill(tab, '[name=password]', 'wrong' + ENTER);
			await untilText(tab, '#login [role=alert]', 'wrong username or password');
			await fill(tab, '[name=password]', ADMIN.password + ENTER);
			await untilState(tab, 'Live');
			await untilText(tab, `[data-id="${id}"] h2`, id);
		});

		test('shows on the wall what others change, in dots and in words', async () => {
			const id = await makeSign({ message: 'one', online: true });
			await tab.open(url);
			await untilState(tab, 'Live');
			const one = await untilDots(tab, id, (dots) => countLit(dots) > 50);
			await untilText(tab, `[data-id="${id}"] footer`, 'Waiting for the sign');
			await untilText(tab, `[data-id="${id}"] .look`, 'Sent, not shown');
			expect(await housingOf(tab, id)).toEqual({ border: 'dashed', isHatched: true, isDim: true });
			await rest('PATCH', `/Sign/${id}`, { message: 'two', color: '#00ff00', location: 'hall' });
			await untilDots(tab, id, (dots) => countLit(dots) > 50 && dots.join() !== one.join());
			await rest('PATCH', `/Sign/${id}`, { shownRevision: 2 });
			await untilText(tab, `[data-id="${id}"] footer`, 'Showing');
			expect(await housingOf(tab, id)).toEqual({ border: 'solid', isHatched: false, isDim: false });
			expect(await textOf(tab, `[data-id="${id}"] .whole`)).toBe('two');
			expect(await textOf(tab, `[data-id="${id}"] .location`)).toBe('hall');
			expect(await textOf(tab, '#no-dots')).toBe('');
		});

		test('changes a sign at the desk, and shows a refusal beside its field', async () => {
			const id = await makeSign({ message: 'before' });
			await tab.open(url);
			await untilState(tab, 'Live');
			const isDeskLoaded = () => tab.run(() => document.body.classList.contains('writes'));
			await eventually(isDeskLoaded, Boolean, FIRST_FRAMES); // it waits for the first frames
			await click(tab, `[data-id="${id}"] .change`);
			const message = await fieldOf(tab, 'Message');
			await fill(tab, message, `Grüße 你好${ENTER}`);
			await eventually(
				async () => (await rest('GET', `/Sign/${id}`)).json().message,
				(text) => text === 'Grüße 你好'
			);
			await fill(tab, message, `${'x'.repeat(257)}${ENTER}`);
			await untilText(tab, `${message}-refusal`, 'message must be');
			expect((await rest('GET', `/Sign/${id}`)).json().message).toBe('Grüße 你好');
			await click(tab, '#desk-close');
		});

		test('fills the window with one sign', async () => {
			const id = await makeSign({ message: 'Hi' });
			await tab.open(`${url}/?sign=${id}`);
			const hi = await untilDots(tab, undefined, (dots) => countLit(dots) > 100);
			const [width, height] = await tab.run(() => {
				const box = document.getElementById('screen')!.getBoundingClientRect();
				return [box.width / innerWidth, box.height / innerHeight];
			});
			expect(Math.min(width!, height!)).toBeGreaterThan(0.96);
			expect(Math.max(width!, height!)).toBeLessThanOrEqual(1);
			await rest('PATCH', `/Sign/${id}`, { message: 'there' });
			await untilDots(tab, undefined, (dots) => countLit(dots) > 100 && dots.join() !== hi.join());
		});

		test('says that the server is away, and comes back', async () => {
			const id = await makeSign({ message: 'before', online: true, shownRevision: 1 });
			const pipe = await openPipe(Number(new URL(url).port));
			await openLoggedIn(tab, `http://127.0.0.1:${pipe.port}/`);
			await untilState(tab, 'Live');
			pipe.break();
			await untilState(tab, 'Lost since');
			await untilText(tab, `[data-id="${id}"] footer`, 'Not known');
			await rest('PATCH', `/Sign/${id}`, { message: 'after' });
			pipe.heal();
			await untilState(tab, 'Live', NEXT_ATTEMPT);
			await eventually(
				() => tab.run((selector) => document.querySelector(selector)!.ariaLabel, selectorOf(id)),
				(name) => name === 'after'
			);
		});

		test('shows the hue of each colour at each brightness, and no channel brighter than it', async () => {
			await tab.open(url);
			await untilState(tab, 'Live');
			for (const color of ['#ffb000', '#b388ff', '#ff3b30', '#00e676', '#2fd4ff']) {
				const looks = await tab.run(readLooks, color);
				expect(Math.max(...looks.flatMap(({ hues }) => hues)), `${color}: degrees`).toBeLessThan(3);
				expect(Math.max(...looks.map(({ excess }) => excess)), `${color}: a channel`).toBeLessThanOrEqual(1);
				for (const level of [13, 14, 15])
					expect(looks[level]!.brightest - looks[level - 1]!.brightest, `${color} at ${level}`).toBeGreaterThan(6);
				expect(looks[15]!.glow, `${color}: the glow beside a letter`).toBeGreaterThan(20);
			}
		});

		test('draws a frame of fifty moving signs with at most two copies for each', { timeout: 120_000 }, async () => {
			// last on the wall: other tests, which run at the same time, have their signs in view
			const ids = Array.from({ length: 50 }, (_, number) => newId(`z-${number}`));
			const forAll = (method: string, body?: object) => Promise.all(ids.map((id) => rest(method, `/Sign/${id}`, body)));
			await forAll('PUT', { message: 'Departures', effect: 'scroll' });
			onTestFinished(async () => void (await forAll('DELETE')));
			await tab.open(url);
			await untilState(tab, 'Live');
			await tab.run((selector) => document.querySelector(selector)!.scrollIntoView(), selectorOf(ids[0]));
			const { frames, pictures, calls, others } = await tab.run(countCalls);
			console.log(`${driver.name}: ${frames} frames in 3 s, ${pictures} pictures by ${calls} calls`);
			expect(pictures).toBeGreaterThan(0);
			expect(calls / pictures).toBeLessThanOrEqual(2);
			expect(others).toEqual([]);
		});

		test('moves nothing when the system asks for less motion', async () => {
			const message = 'a text that is much longer than the matrix is wide';
			const id = await makeSign({ message, effect: 'scroll', speed: 100 });
			const still = await startForTest(driver, { reducedMotion: true });
			await openLoggedIn(still, `${url}/?search=${id}`); // a wall of one sign
			await untilState(still, 'Live');
			await untilText(still, `[data-id="${id}"] h2`, id);
			const before = await untilDots(still, id, (dots) => countLit(dots) > 50);
			await untilText(still, `[data-id="${id}"] .whole`, message);
			await still.run(() => new Promise((done) => setTimeout(done, 300)));
			expect(await dotsOf(still, id)).toEqual(before);
			await click(still, '#motion');
			await untilDots(still, id, (dots) => dots.join() !== before.join());
			expect(await unexpected(still)).toEqual([]);
		});

		test('wrote no error on the console', async () => expect(await unexpected(tab)).toEqual([]));

		if (driver === firefox)
			test('shows letters where what a page reads from a canvas is noise, and says so', async () => {
				const id = await makeSign({ message: 'Gate 12', color: '#ffb000', brightness: 15 });
				const noisy = await startForTest(driver, { resistFingerprinting: true });
				for (const [address, sign] of [
					[url, `[data-id="${id}"]`],
					[`${url}/?sign=${id}`, '#kiosk'],
				] as const) {
					await openLoggedIn(noisy, address);
					// the page shows letters only for what is in view
					await eventually(
						() =>
							noisy.run((sign) => {
								const found = document.querySelector(sign);
								found?.scrollIntoView();
								return found !== null;
							}, sign),
						Boolean
					);
					await untilText(noisy, `${sign} .letters`, 'Gate 12');
					await untilText(noisy, '#no-dots', 'shown as letters, not as dots');
					const shown = await noisy.run((sign) => {
						const find = (selector: string) => document.querySelector<HTMLElement>(`${sign} ${selector}`)!;
						const [letters, text] = [find('.letters').getBoundingClientRect(), find('span').getBoundingClientRect()];
						return {
							canvas: getComputedStyle(find('canvas')).visibility,
							color: getComputedStyle(find('.letters span')).color,
							fills: Math.max(
								find('.letters span').getBoundingClientRect().height / letters.height,
								text.width / letters.width
							),
						};
					}, sign);
					expect(shown.canvas).toBe('hidden');
					expect(shown.color).toMatch(/^(rgb\(255, 176, 0\)|color\(srgb 1 0\.69\d* 0\))$/);
					expect(shown.fills).toBeGreaterThan(0.3);
				}
				await rest('PATCH', `/Sign/${id}`, { message: 'Gate 14' });
				await untilText(noisy, '#kiosk .letters', 'Gate 14');
				expect(await unexpected(noisy)).toEqual([]);
			});
	});

/**
 * Runs in the page. For each brightness of a colour: how far its hue is from the sign's in the brightest dot and in the light of all
 * pixels together, in degrees; how much a channel exceeds the sign's; the brightest dot; and how much the housing between dots glows.
 */
async function readLooks(color: string) {
	const path = '/matrix.js';
	const { Matrix } = (await import(path)) as typeof import('../../web/matrix.js');
	const canvas = document.createElement('canvas');
	const matrix = new Matrix(canvas);
	matrix.resize(352, 64, { columns: 88, rows: 16 });
	const hueOf = (rgb: number[]) => {
		const [red, green, blue] = rgb as [number, number, number];
		const [max, chroma] = [Math.max(...rgb), Math.max(...rgb) - Math.min(...rgb)];
		const third =
			max === red ? (green - blue) / chroma : max === green ? (blue - red) / chroma + 2 : (red - green) / chroma + 4;
		return third * 60;
	};
	const wanted = [1, 3, 5].map((place) => Number.parseInt(color.slice(place, place + 2), 16));
	const errorOf = (rgb: number[]) => Math.abs(((hueOf(rgb) - hueOf(wanted) + 540) % 360) - 180);
	return Array.from({ length: 16 }, (_, brightness) => {
		matrix.show({ message: 'HEHE', color, brightness, power: true, effect: 'static', speed: 1, revision: 1 });
		matrix.draw(0);
		const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
		const sums = [0, 0, 0];
		let [dot, excess, glow]: [number[], number, number] = [[0, 0, 0], 0, 0];
		for (let at = 0; at < data.length; at += 4) {
			const rgb = Array.from(data.subarray(at, at + 3));
			rgb.forEach((value, channel) => (sums[channel]! += value));
			// an unlit dot and the housing are grey, up to 42
			excess = Math.max(excess, ...rgb.map((value, channel) => value - Math.max(wanted[channel]!, 42)));
			if (Math.max(...rgb) > Math.max(...dot)) dot = rgb;
			const [x, y] = [(at / 4) % canvas.width, Math.floor(at / 4 / canvas.width)];
			if (x % 4 === 0 && y % 4 === 0) glow = Math.max(glow, Math.max(...rgb) - 11);
		}
		return { hues: [errorOf(dot), errorOf(sums)], excess, glow, brightest: Math.max(...dot) };
	});
}

/** Runs in the page. What is drawn on the canvases of the wall in 3 s, and which costly properties were set. */
async function countCalls() {
	const proto = CanvasRenderingContext2D.prototype;
	const seen = new Map<HTMLCanvasElement, unknown>();
	const counts = { frames: 0, pictures: 0, calls: 0, others: [] as string[] };
	for (const name of ['drawImage', 'fillRect', 'fill', 'putImageData'] as const) {
		const original = proto[name] as (...words: unknown[]) => unknown;
		Object.assign(proto, {
			[name](this: CanvasRenderingContext2D, ...words: unknown[]) {
				if (this.canvas.isConnected) {
					counts.calls++;
					if (seen.get(this.canvas) !== document.timeline.currentTime) counts.pictures++;
					seen.set(this.canvas, document.timeline.currentTime);
				}
				return original.apply(this, words);
			},
		});
	}
	for (const name of ['filter', 'shadowBlur', 'shadowColor'])
		Object.defineProperty(proto, name, {
			set() {
				counts.others.push(name);
			},
		});
	const end = performance.now() + 3_000;
	while (performance.now() < end) {
		await new Promise(requestAnimationFrame);
		counts.frames++;
	}
	return counts;
}
