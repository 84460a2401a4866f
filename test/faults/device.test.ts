/** Whether `online` is right, when processes are killed or frozen and the network vanishes. */
import { expect, onTestFinished, test } from 'vitest';
import { startHarper, type Harper } from '../../launcher/harper.ts';
import { basic } from '../../launcher/operations-api.ts';
import { eventually } from '../support/feed.ts';
import { openPipe } from '../support/pipe.ts';
import { startProgram } from '../support/program.ts';
import { awaitStartWills } from '../support/start-wills.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import type { SignJson } from '../../sign/fields.ts';

/** The reference device's keep-alive plus 5 s: for so long `online` may be wrong. */
const MAX_STALE_MS = 13_000;
/** What is stored or printed at the end of that time is seen later. */
const TIMEOUT_MS = 30_000;

/** When the row was stored: in ms after `since`. */
const storedAfter = (since: number, row: SignJson | undefined) => Date.parse(row!.updatedAt) - since;

/** A server that the tests kill. Local clients are super_user, so the signs need no accounts. */
async function newServer() {
	const first = await startTemporaryHarper({ authorizeLocal: true });
	let current: Harper = first;
	onTestFinished(async () => {
		await current.stop();
		await first.remove();
	});
	const rows = async (): Promise<SignJson[]> =>
		(await fetch(`${first.url}/Sign/`, { headers: { Authorization: basic(ADMIN) } })).json();
	await awaitStartWills(first);
	const isOnline = (online: boolean, timeout = MAX_STALE_MS) =>
		eventually(
			async () => (await rows()).find(({ id }) => id === 'lobby'),
			(row) => row?.online === online,
			timeout,
			`lobby with online: ${online}`
		);
	return {
		mqttUrl: first.mqttUrl,
		mqttPort: first.options.mqttPort,
		rows,
		kill: () => current.kill(),
		restart: async () => void (current = await startHarper(first.options)),
		/** The sign `lobby`, as soon as its row has `online: true`. */
		async startLobby(url = first.mqttUrl) {
			const sign = startSign('lobby', url);
			await isOnline(true);
			return sign;
		},
		isOnline,
	};
}

const startSign = (id: string, url: string, words: string[] = []) =>
	startProgram('device/main.ts', [id, '--url', url, '--plain', ...words]);

const isShowing = ({ online, revision, shownRevision }: SignJson) => online && revision === shownRevision;

test(
	'after the server was killed a device is online again, and offline when it dies at once',
	{ timeout: 90_000 },
	async () => {
		const { kill, restart, isOnline, startLobby } = await newServer();
		const sign = await startLobby();
		await kill();
		await sign.until('lobby is offline');
		await restart();
		await expect.poll(() => sign.printed().split('lobby is online').length - 1, { timeout: 30_000 }).toBe(2);
		await isOnline(true);
		sign.child.kill('SIGKILL');
		await isOnline(false);
	}
);

// Cause: Harper publishes its stored wills 2 s after a start, and deletes them.
test(
	'a device that connects as soon as the server is back is offline when it dies after 2 s',
	{ timeout: 90_000 },
	async () => {
		const { mqttUrl, kill, restart, isOnline, startLobby } = await newServer();
		const before = await startLobby();
		await kill();
		before.child.kill('SIGKILL');
		await restart();
		const sign = startSign('lobby', mqttUrl);
		await sign.until('lobby is online');
		await isOnline(true);
		await isOnline(false).catch(() => {}); // the will of the previous connection may come later
		await isOnline(true);
		sign.child.kill('SIGKILL');
		await isOnline(false);
	}
);

test(
	'a device that died while the server was away is offline when the server is back',
	{ timeout: 90_000 },
	async () => {
		const { kill, restart, isOnline, startLobby } = await newServer();
		const sign = await startLobby();
		await kill();
		sign.child.kill('SIGKILL');
		await restart();
		await isOnline(false);
	}
);

test(
	'a device that is frozen past its keep-alive is offline, and online again when it goes on',
	{ timeout: 90_000 },
	async () => {
		const { isOnline, startLobby } = await newServer();
		const { child } = await startLobby();
		const frozen = Date.now();
		child.kill('SIGSTOP');
		const time = storedAfter(frozen, await isOnline(false, TIMEOUT_MS));
		expect(time, 'by its keep-alive, and by no other will').toBeGreaterThan(6_000);
		expect(time).toBeLessThanOrEqual(MAX_STALE_MS);
		child.kill('SIGCONT');
		await isOnline(true);
	}
);

test(
	'a device whose network vanishes without a FIN is offline, knows it, and comes back with the network',
	{ timeout: 90_000 },
	async () => {
		const { mqttPort, isOnline, startLobby } = await newServer();
		const pipe = await openPipe(mqttPort);
		const sign = await startLobby(`mqtt://127.0.0.1:${pipe.port}`);
		const vanished = Date.now();
		pipe.cut();
		const [row] = await Promise.all([isOnline(false, TIMEOUT_MS), sign.until('lobby is offline', MAX_STALE_MS)]);
		expect(storedAfter(vanished, row)).toBeLessThanOrEqual(MAX_STALE_MS);
		pipe.heal();
		await isOnline(true, 40_000);
	}
);

test(
	'200 signs in one process are all online and showing, also 60 s after a restart of the server',
	{ timeout: 180_000 },
	async () => {
		const { mqttUrl, rows, kill, restart } = await newServer();
		const allShow = (timeout: number) =>
			expect.poll(async () => (await rows()).filter(isShowing).length, { timeout }).toBe(200);
		startSign('wall', mqttUrl, ['--count', '200']);
		await allShow(60_000);
		await kill();
		await restart();
		await eventually(rows, (rows) => rows.some(({ id, online }) => id !== 'probe' && !online), 60_000); // the wills of the previous connections
		await allShow(60_000);
		expect((await rows()).filter(({ id }) => id !== 'probe')).toHaveLength(200);
	}
);
