/** Firefox, by WebDriver BiDi over its WebSocket: Debian's firefox-esr, or the one that FIREFOX names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { outputOf } from '../program.ts';
import { keyActions, SIZE, sourceOf, type Driver, type Settings, type Tab } from './tab.ts';

const PATH = process.env.FIREFOX || '/usr/bin/firefox-esr';

export const firefox: Driver = {
	name: 'Firefox',
	missing: existsSync(PATH)
		? undefined
		: `there is no Firefox at ${PATH}: install it (apt install firefox-esr), or name another one by FIREFOX`,
	start,
};

/** The profile's settings. It asks no server of its own for anything. */
const preferences = ({ reducedMotion, resistFingerprinting }: Settings) => ({
	'ui.prefersReducedMotion': reducedMotion ? 1 : 0,
	'privacy.resistFingerprinting': Boolean(resistFingerprinting),
	'browser.shell.checkDefaultBrowser': false,
	'browser.startup.homepage_override.mstone': 'ignore',
	'app.normandy.enabled': false,
	'app.update.disabledForTesting': true,
	'datareporting.policy.dataSubmissionEnabled': false,
	'network.captive-portal-service.enabled': false,
	'network.connectivity-service.enabled': false,
	'services.settings.server': 'data:,#remote-settings-dummy/v1',
	'toolkit.telemetry.server': '',
});

async function start(settings: Settings = {}): Promise<Tab> {
	const profile = mkdtempSync(join(tmpdir(), 'led-sign-firefox-'));
	const lines = Object.entries(preferences(settings)).map(
		([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`
	);
	writeFileSync(join(profile, 'user.js'), lines.join('\n'));
	const child = spawn(PATH, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'], {
		// without a content sandbox, because the tests of CI run as root in a container
		env: { ...process.env, MOZ_DISABLE_CONTENT_SANDBOX: '1', HOME: profile },
	});
	const ended = once(child, 'exit');
	const kill = () => void child.kill('SIGKILL');
	process.once('exit', kill);
	const stop = async () => {
		process.off('exit', kill);
		kill();
		await ended;
		await rm(profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
	};
	try {
		const output = await outputOf(child, 'Firefox').text.until((all) => /BiDi listening on ws:\S+\s/.test(all), 60_000);
		const session = await connect(`${/BiDi listening on (ws:\S+)/.exec(output)![1]}/session`);
		return await openTab(session, settings, stop);
	} catch (error) {
		await stop();
		throw error;
	}
}

type Send = (method: string, params?: object) => Promise<any>;

/** A BiDi session: `send` sends a command and resolves with its result; events go to `onEvent`. */
async function connect(address: string) {
	const socket = new WebSocket(address);
	await once(socket, 'open');
	const waiting = new Map<number, { done: (result: unknown) => void; fail: (error: Error) => void }>();
	const session = { onEvent: (_method: string, _params: any) => {}, send: undefined as unknown as Send };
	socket.on('message', (data) => {
		const { id, method, params, result, error, message } = JSON.parse(String(data));
		if (method) return session.onEvent(method, params);
		if (error) waiting.get(id)?.fail(new Error(`${error}: ${message}`));
		else waiting.get(id)?.done(result);
		waiting.delete(id);
	});
	socket.on('close', () => waiting.forEach(({ fail }) => fail(new Error('Firefox closed the connection'))));
	let count = 0;
	session.send = (method, params = {}) =>
		new Promise((done, fail) => {
			waiting.set(++count, { done, fail });
			socket.send(JSON.stringify({ id: count, method, params }));
		});
	await session.send('session.new', { capabilities: {} });
	return session;
}

async function openTab(
	session: Awaited<ReturnType<typeof connect>>,
	{ size = SIZE }: Settings,
	close: () => Promise<void>
) {
	const { send } = session;
	const errors: string[] = [];
	session.onEvent = (_method, { level, text }) => void (/error|warn/.test(level) && errors.push(text));
	await send('session.subscribe', { events: ['log.entryAdded'] });
	const { contexts } = await send('browsingContext.getTree');
	const { context } = contexts[0];
	await send('browsingContext.setViewport', { context, viewport: size });
	const tab: Tab = {
		open: (url) => send('browsingContext.navigate', { context, url, wait: 'complete' }),
		async run(script, ...words) {
			const call = `async () => JSON.stringify(await (${sourceOf(script)})(...${JSON.stringify(words)}))`;
			const answer = await send('script.callFunction', {
				functionDeclaration: call,
				target: { context },
				awaitPromise: true,
			});
			if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
			return answer.result.value && JSON.parse(answer.result.value);
		},
		type: (text) => send('input.performActions', { context, actions: [keyActions(text)] }),
		picture: async () => Buffer.from((await send('browsingContext.captureScreenshot', { context })).data, 'base64'),
		errors: async () => errors,
		close,
	};
	return tab;
}
