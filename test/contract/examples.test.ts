/** The programs of examples/ against a server in production defaults: each publisher with each subscriber, refusals, the page. */
import { cpSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describePage, openPage } from '../page/browser.ts';
import { addAccount, get, newId, rest, useServer, type Account } from '../support/clients.ts';
import { copyProject } from '../support/deployed.ts';
import {
	EXAMPLES,
	FOLDER,
	openExample,
	PATH,
	PUBLISHERS,
	settingsOf,
	startExample,
	startWithTls,
	SUBSCRIBERS,
	type Example,
} from '../support/examples.ts';
import { openPipe } from '../support/pipe.ts';
import { runCommand } from '../support/program.ts';
import { freePorts } from '../../launcher/ports.ts';
import type { Feed } from '../support/feed.ts';

/** Sixteen programs start at the same time. */
const LONG = { timeout: 90_000 };

let harper: Awaited<ReturnType<typeof startWithTls>>;
let account: Account;
/** As the README says: the page is copied into `web/`. */
const copy = copyProject();
cpSync(join(FOLDER, 'dashboard.html'), join(copy.folder, 'web/dashboard.html'));

beforeAll(async () => {
	harper = await startWithTls({ application: copy.folder });
	useServer(harper);
	account = await addAccount('program', 'sign_operator');
});
afterAll(async () => {
	await harper?.remove();
	copy.remove();
});

test('each file is in the table of the README, and short', () => {
	const files = globSync('{node,python,shell}/*', { cwd: FOLDER }).sort();
	expect(EXAMPLES.map(({ file }) => file).sort()).toEqual(files);
	const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
	const countLines = (file: string) => read(file).split('\n').length - 1;
	for (const file of files) {
		expect(countLines(file), file).toBeLessThan(30);
		expect(read(file), file).toContain(file.includes('mqtt') ? 'mqtt://127.0.0.1:1883' : 'http://127.0.0.1:9926');
	}
	expect(countLines('dashboard.html')).toBeLessThan(40);
});

describe('over TLS, with an account', () => {
	const signs = new Map(PUBLISHERS.map(({ file }) => [file, newId(file.replaceAll(/\W/g, '-'))]));
	const messageOf = (file: string) => `Gate 12 → 14 ☕ by ${file}`;
	let subscribers: Map<string, { lines: Feed<string>; stop(): Promise<void> }>;
	let publishers: Map<string, ReturnType<typeof run>>;

	beforeAll(async () => {
		const settings = settingsOf(harper, account);
		await rest('PUT', '/Sign/first', { message: 'is there' });
		subscribers = new Map(SUBSCRIBERS.map(({ file, command }) => [file, openExample(command, settings)]));
		for (const { lines } of subscribers.values()) await lines.until((line) => line === 'first: is there', 50_000);
		publishers = new Map(
			PUBLISHERS.map(({ file, command }) => [
				file,
				run(command.replace('lobby', signs.get(file)!).replace('Hello', messageOf(file)), settings),
			])
		);
	});
	afterAll(() => Promise.all([...subscribers.values()].map(({ stop }) => stop())));

	describe.for(PUBLISHERS)('$file', ({ file: publisher, prints }) => {
		test('prints what the README says', async () => {
			const { code, stdout, stderr } = await publishers.get(publisher)!;
			expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${inOwnWords(publisher, prints)}\n`, stderr: '' });
			expect(await get(signs.get(publisher)!)).toMatchObject({ message: messageOf(publisher), revision: 1 });
		});

		test.for(SUBSCRIBERS)('reaches $file', async ({ file, prints }) => {
			const expected = inOwnWords(publisher, prints);
			await subscribers.get(file)!.lines.until((line) => line === expected, 10_000, expected);
		});
	});

	const inOwnWords = (publisher: string, words: string) =>
		words.replace('lobby', signs.get(publisher)!).replace('Hello', messageOf(publisher));
});

describe('what goes wrong', () => {
	test('each publisher prints why its change is refused', LONG, async () => {
		const settings = settingsOf(harper, account);
		const refuse = async ({ file, command }: Example) => {
			const { code, stdout, stderr } = await run(command.replace('"message":"Hello"', '"brightness":99'), settings);
			expect(stderr, file).toMatch(/Refused: .*brightness must be a whole number from 0 to 15, got 99/);
			expect([code, stdout], file).toEqual([1, '']);
		};
		await Promise.all(PUBLISHERS.map(refuse));
	});

	test('each program says what to do about a wrong password', LONG, async () => {
		const settings = settingsOf(harper, { ...account, password: 'wrong' });
		const refuse = async ({ command, file }: Example) => {
			const { code, stdout, stderr } = await run(command, settings);
			expect(stderr, file).toMatch(/(log in|Login failed|Bad user name or password)[^]*SIGNS_PASSWORD/i);
			expect([code, stdout], file).toEqual([1, '']);
		};
		const hint = ({ command }: Example) =>
			startExample(command, settings).lines.until((line) => line.includes('SIGNS_PASSWORD'), 50_000);
		await Promise.all([...PUBLISHERS.map(refuse), ...SUBSCRIBERS.map(hint)]);
	});

	test('each program says what to do where no server is', LONG, async () => {
		const [port] = await freePorts(1);
		const settings = { SIGNS_URL: `http://127.0.0.1:${port}`, SIGNS_MQTT_URL: `mqtt://127.0.0.1:${port}` };
		const miss = async ({ command, file }: Example) => {
			const { code, stdout, stderr } = await run(command, settings);
			expect(stderr, file).toMatch(/Start the server, or set SIGNS_(MQTT_)?URL/);
			expect([code, stdout], file).toEqual([1, '']);
		};
		const hint = ({ command }: Example) =>
			startExample(command, settings).lines.until((line) => /SIGNS_(MQTT_)?URL/.test(line), 50_000);
		await Promise.all([...PUBLISHERS.map(miss), ...SUBSCRIBERS.map(hint)]);
	});
});

/** Runs a program to its end, or for 30 s. */
const run = (command: string, settings: NodeJS.ProcessEnv) =>
	runCommand('timeout', ['30', 'bash', '-c', command], { ...settings, PATH });

describePage('the page dashboard.html in web/', () => {
	test('lists the signs live after a login, changes one, and says when it is lost', LONG, async () => {
		const [id, other] = [newId('dashboard'), newId('dashboard')];
		await rest('PUT', `/Sign/${id}`, { message: 'before' });
		const pipe = await openPipe(harper.options.tls!.httpsPort);
		const address = `https://127.0.0.1:${pipe.port}/dashboard.html`;
		const page = await openPage(address, { ignoreHTTPSErrors: true, prepare: (page) => page.clock.install() });
		await page.getByText('Lost: ').waitFor();
		expect(await page.getByRole('listitem').count()).toBe(0);
		await page.context().request.post(new URL('/Session', address).href, { data: account });

		await page.getByText('Live', { exact: true }).waitFor();
		await page.getByText(`${id}: before`, { exact: true }).waitFor();
		await rest('PATCH', `/Sign/${id}`, { message: '<b>markup</b>' });
		await page.getByText(`${id}: <b>markup</b>`, { exact: true }).waitFor();

		await page.getByLabel('Sign').fill(other);
		await page.getByLabel('Message').fill('Gate 12 → 14 & ☕');
		await page.keyboard.press('Enter');
		await page.getByText('Changed', { exact: true }).waitFor();
		await page.getByText(`${other}: Gate 12 → 14 & ☕`, { exact: true }).waitFor();
		await page.getByLabel('Message').fill('x'.repeat(257));
		await page.getByRole('button', { name: 'Change' }).click();
		await page.getByText('message must be').waitFor();

		await rest('DELETE', `/Sign/${id}`);
		await expect.poll(() => page.getByText(`${id}: `).count()).toBe(0);
		pipe.cut();
		await rest('DELETE', `/Sign/${other}`);
		await page.clock.fastForward(60_000); // without a heartbeat
		await page.getByText('Lost: ').waitFor();
		pipe.heal();
		pipe.reset(); // the browser would try each of its silent connections before a new one
		await page.getByText('Live', { exact: true }).waitFor();
		expect(await page.getByText(`${other}: `).count()).toBe(0);
	});
});
