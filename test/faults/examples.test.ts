/**
 * Breaks: the server restarts under the subscribers of examples/. Promised: each connects again, and prints what changes then. Also
 * here, because it needs another server: without a login, as with `npm start`, each command of the README works as it stands there.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startHarper, type Harper } from '../../launcher/harper.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { rest, useServer } from '../support/clients.ts';
import { EXAMPLES, PUBLISHERS, settingsOf, startExample, startWithTls, SUBSCRIBERS } from '../support/examples.ts';

let harper: Awaited<ReturnType<typeof startWithTls>>;
beforeAll(async () => {
	harper = await startWithTls();
	useServer(harper);
});
afterAll(() => harper?.remove());

const MINUTES = { timeout: 180_000 };

test('each subscriber of one sign survives two restarts of the server, and a removal', MINUTES, async () => {
	await rest('PUT', '/Sign/other', { message: 'not asked for' });
	await rest('PUT', '/Sign/lobby', { message: 'before' });
	const started = SUBSCRIBERS.map(({ command }) => startExample(`${command} lobby`, settingsOf(harper, ADMIN)));
	const allPrint = (words: string) =>
		Promise.all(started.map(({ lines }) => lines.until((line) => line === words, 60_000, words)));
	await allPrint('lobby: before');
	let running: Harper = harper;
	for (const round of ['first', 'second']) {
		await (round === 'first' ? running.stop() : running.kill());
		running = await startHarper(harper.options);
		onTestFinished(running.stop);
		await rest('PUT', '/Sign/lobby', { message: `after the ${round}` });
		await allPrint(`lobby: after the ${round}`);
	}
	await rest('DELETE', '/Sign/lobby');
	await allPrint('lobby is removed');
	for (const { lines } of started) expect(lines.received.join('\n')).not.toContain('not asked for');
});

test(
	'without a login each command of the README prints what stands there, and a refusal its reason',
	MINUTES,
	async () => {
		const local = await startTemporaryHarper({ authorizeLocal: true });
		onTestFinished(local.remove);
		const settings = { SIGNS_URL: local.url, SIGNS_MQTT_URL: local.mqttUrl };
		const isPrinted = ({ command, prints }: { command: string; prints: string }) =>
			startExample(command, settings).lines.until((line) => line === prints, 60_000, prints);
		await Promise.all(EXAMPLES.filter(({ isThere }) => isThere).map(isPrinted));
		const wrong = PUBLISHERS.map(({ command }) => command.replace('"message":"Hello"', '"brightness":99'));
		const isRefused = async (command: string) => {
			const { exit, lines } = startExample(command, settings);
			await lines.until((line) => line.includes('got 99'), 60_000);
			expect(await exit, command).toBe(1);
		};
		await Promise.all(wrong.map(isRefused));
	}
);
