/** WebKit, by W3C WebDriver over HTTP: Debian's WebKitWebDriver and MiniBrowser, on a screen of Xvfb. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePorts } from '../../../launcher/ports.ts';
import { eventually } from '../feed.ts';
import { keyActions, SIZE, sourceOf, type Driver, type Settings, type Tab } from './tab.ts';

const DRIVER = '/usr/bin/WebKitWebDriver';
const XVFB = '/usr/bin/Xvfb';
const MINI_BROWSER = ['x86_64', 'aarch64']
	.map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`)
	.find((path) => existsSync(path));

export const webkit: Driver = {
	name: 'WebKit',
	missing:
		existsSync(DRIVER) && existsSync(XVFB) && MINI_BROWSER
			? undefined
			: `there is no WebKit: install it (apt install webkit2gtk-driver xvfb)`,
	start,
};

/** The height of MiniBrowser's own controls, in pixels. */
const CONTROLS = 38;

async function start({ size = SIZE, reducedMotion }: Settings = {}): Promise<Tab> {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-webkit-'));
	const children: ChildProcess[] = [];
	const kill = () => children.forEach((child) => child.kill('SIGKILL'));
	process.once('exit', kill);
	const stop = async () => {
		process.off('exit', kill);
		for (const child of children.toReversed()) await end(child);
		await rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
	};
	try {
		const screen = `${size.width}x${size.height + CONTROLS}x24`;
		const xvfb = spawn(XVFB, ['-displayfd', '3', '-screen', '0', screen, '-nolisten', 'tcp'], {
			stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
		});
		children.push(xvfb);
		const [display] = await once(xvfb.stdio[3] as Readable, 'data');
		const [port] = await freePorts(1);
		const env = environment(folder, String(display).trim(), Boolean(reducedMotion));
		children.push(spawn(DRIVER, [`--port=${port}`, '--host=127.0.0.1'], { env, stdio: 'ignore' }));
		return await openTab(`http://127.0.0.1:${port}`, size, stop);
	} catch (error) {
		await stop();
		throw error;
	}
}

async function end(child: ChildProcess) {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill('SIGTERM');
	await once(child, 'exit');
}

/** Folders of its own; GTK's setting for animations is what WebKit tells pages of reduced motion. */
function environment(folder: string, display: string, reducedMotion: boolean): NodeJS.ProcessEnv {
	mkdirSync(join(folder, 'gtk-3.0'));
	writeFileSync(join(folder, 'gtk-3.0/settings.ini'), `[Settings]\ngtk-enable-animations=${reducedMotion ? 0 : 1}\n`);
	const folders = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, XDG_DATA_HOME: folder };
	return {
		...process.env,
		...folders,
		DISPLAY: `:${display}`,
		GDK_BACKEND: 'x11',
		NO_AT_BRIDGE: '1',
		LIBGL_ALWAYS_SOFTWARE: '1',
	};
}

/**
 * Runs in the page. Keeps its errors, and tells whether it is loaded. WebKit writes no console of a page that it automates, and has no
 * script that runs before a page's own: so this runs as soon as the page exists, and again until it is loaded.
 */
function keepErrors(known: string) {
	const kept = window as unknown as { errors?: string[]; isLeft?: boolean };
	if (kept.isLeft) return false;
	if (!kept.errors) {
		const errors = (kept.errors = JSON.parse(known) as string[]);
		addEventListener('error', ({ message }) => errors.push(message));
		addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
		for (const name of ['error', 'warn'] as const) console[name] = (...words) => void errors.push(words.join(' '));
	}
	return document.readyState === 'complete';
}

async function openTab(driver: string, size: NonNullable<Settings['size']>, stop: () => Promise<void>) {
	await eventually(
		() =>
			fetch(`${driver}/status`).then(
				({ ok }) => ok,
				() => false
			),
		Boolean,
		30_000
	);
	const options = { binary: MINI_BROWSER, args: ['--automation'] };
	const capabilities = { alwaysMatch: { 'pageLoadStrategy': 'none', 'webkitgtk:browserOptions': options } };
	const { sessionId } = await send('POST', `${driver}/session`, { capabilities });
	const session = `${driver}/session/${sessionId}`;
	await send('POST', `${session}/window/rect`, { x: 0, y: 0, width: size.width, height: size.height + CONTROLS });
	const tab: Tab = {
		async open(url) {
			const known = await tab.run(() => {
				const kept = window as unknown as { errors?: string[]; isLeft?: boolean };
				kept.isLeft = true;
				return JSON.stringify(kept.errors ?? []);
			});
			await send('POST', `${session}/url`, { url });
			await eventually(() => tab.run(keepErrors, known).catch(() => false), Boolean, 30_000, `${url} is loaded`);
		},
		async run(script, ...words) {
			const { value, error } = await send('POST', `${session}/execute/async`, {
				script: asynchronous(script),
				args: [words],
			});
			if (error) throw new Error(error);
			return value && JSON.parse(value);
		},
		type: (text) => send('POST', `${session}/actions`, { actions: [keyActions(text)] }),
		picture: async () => Buffer.from(await send('GET', `${session}/screenshot`), 'base64'),
		errors: () => tab.run(() => (window as unknown as { errors: string[] }).errors),
		async close() {
			await send('DELETE', session).catch(() => {}); // the browser has ended by itself
			await stop();
		},
	};
	return tab;
}

/** The body of a function that WebDriver calls with `args` and a callback. It cannot report an exception by itself. */
const asynchronous = (script: (...words: never[]) => unknown) => `
	const done = arguments[1];
	new Promise((resolve) => resolve((${sourceOf(script)})(...arguments[0])))
		.then((value) => done({ value: JSON.stringify(value) }), (error) => done({ error: String(error) }));`;

/** @throws what the driver answers as an error */
async function send(method: string, address: string, body?: object): Promise<any> {
	const response = await fetch(address, { method, body: body ? JSON.stringify(body) : null });
	const { value } = (await response.json()) as { value: any };
	if (!response.ok) throw new Error(`WebKit answers ${value.error}: ${value.message}`);
	return value;
}
