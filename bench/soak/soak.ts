/** Connects the devices and subscribers, and runs the phases in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRestWriter } from '../clients.ts';
import { openFlood, openSlowReader } from './abuse.ts';
import { PHASES, type Results } from './bounds.ts';
import { Delays } from './delays.ts';
import { countLost } from './finals.ts';
import type { WatchedHarper } from '../harper.ts';
import type { Options } from './options.ts';
import { descriptorsOf, takeSample, type Finals, type Sample } from './samples.ts';
import { openDevice, openSubscriber } from './subscribers.ts';

/** Each phase's share of the whole time. The restart has no share: it takes as long as it needs. */
const SHARES = { warmUp: 0.2, rest: 0.25, abuse: 0.25, end: 0.3 };

/** Connections that write: the maximum number of changes in progress at once. */
const WRITERS = 8;

export async function soak(server: WatchedHarper, options: Options, log: (line: string) => void): Promise<Results> {
	const ids = Array.from({ length: options.devices }, (_, n) => `soak-${n + 1}`);
	const delays = new Delays();
	const { write, close } = openRestWriter(server.url, WRITERS);
	for (const id of ids) await write(id, { message: 'made to be worn' });
	const devices = ids.map((id) => openDevice(server.mqttUrl, id));
	const subscribers = Array.from({ length: options.pages }, (_, n) => openSubscriber(server, n, delays));
	const samples: Sample[] = [];
	const finals: Finals[] = [];
	const start = performance.now();
	const now = () => (performance.now() - start) / 1000;

	const changes = startChanges((n) => write(ids[n % ids.length]!, { message: delays.start() }), options.rate);
	let phase: string = PHASES.warmUp;
	const sampler = setInterval(
		() => samples.push(takeSample(now(), phase, server.pid(), delays)),
		options.interval * 1000
	);
	/** Runs a phase, then pauses the changes until every subscriber has received the last of them. */
	const run = async (name: keyof typeof PHASES, action: () => Promise<unknown>) => {
		phase = PHASES[name];
		log(`${Math.round(now())} s: ${phase}`);
		await action();
		samples.push(takeSample(now(), phase, server.pid(), delays));
		phase = '';
		changes.pause();
		const counted = await countLost(server.url, subscribers, devices);
		finals.push({ at: now(), after: PHASES[name], ...counted });
		changes.resume();
	};
	const waitForShare = (name: keyof typeof SHARES) => () => sleep(options.minutes * 60_000 * SHARES[name]);
	const measureServer = async () => ({
		memory: await server.residentMemory(),
		descriptors: descriptorsOf(server.pid()),
	});

	await run('warmUp', waitForShare('warmUp'));
	const warm = await measureServer();
	await run('rest', waitForShare('rest'));
	await run('abuse', async () => {
		const stops = [openSlowReader(server.url), openFlood(server.mqttUrl, 'soak-flood', options.flood)];
		await waitForShare('abuse')();
		for (const stop of stops) stop();
	});
	await run('kill', async () => {
		await server.killAndStart();
		delays.clear();
	});
	await run('end', waitForShare('end'));
	changes.pause();
	clearInterval(sampler);
	const end = await measureServer();
	await Promise.all([close(), ...[...subscribers, ...devices].map((one) => one.close())]);
	return { samples, finals, start: warm, end };
}

/** Makes `rate` changes per second. A change may fail while the server is down: it was not acknowledged. */
function startChanges(change: (n: number) => Promise<unknown>, rate: number) {
	let n = 0;
	let timer: NodeJS.Timeout;
	const resume = () => {
		timer = setInterval(() => void change(n++).catch(() => {}), 1000 / rate);
	};
	resume();
	return { resume, pause: () => clearInterval(timer) };
}
