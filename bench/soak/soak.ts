/** The run: who is connected all the time, and the phases in their order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRest } from '../clients.ts';
import { openFlood, openSlowReader } from './abuse.ts';
import { PHASES, type Results } from './bounds.ts';
import { Delays } from './delays.ts';
import { countLost } from './finals.ts';
import type { Worn } from './harper.ts';
import type { Options } from './options.ts';
import { descriptorsOf, takeSample, type Finals, type Sample } from './samples.ts';
import { openDevice, openSubscriber } from './subscribers.ts';

/** What each phase has of the whole time; the restart takes what it takes. */
const SHARES = { warmUp: 0.2, rest: 0.25, abuse: 0.25, end: 0.3 };

/** Connections that write, as many changes as may be under way at once. */
const WRITERS = 8;

export async function soak(server: Worn, options: Options, log: (line: string) => void): Promise<Results> {
	const ids = Array.from({ length: options.devices }, (_, n) => `soak-${n + 1}`);
	const delays = new Delays();
	const { write, close } = openRest(server.url, WRITERS);
	for (const id of ids) await write(id, { message: 'made to be worn' });
	const devices = ids.map((id) => openDevice(server.mqttUrl, id));
	const subscribers = Array.from({ length: options.pages }, (_, n) => openSubscriber(server, n, delays));
	const samples: Sample[] = [];
	const finals: Finals[] = [];
	const start = performance.now();
	const now = () => (performance.now() - start) / 1000;

	const paced = startChanges((n) => write(ids[n % ids.length]!, { message: delays.start() }), options.rate);
	let phase: string = PHASES.warmUp;
	const sampler = setInterval(
		() => samples.push(takeSample(now(), phase, server.pid(), delays)),
		options.interval * 1000
	);
	/** Runs a phase, then lets changes pause until everyone has heard the last of them. */
	const run = async (name: keyof typeof PHASES, action: () => Promise<unknown>) => {
		phase = PHASES[name];
		log(`${Math.round(now())} s: ${phase}`);
		await action();
		samples.push(takeSample(now(), phase, server.pid(), delays));
		phase = '';
		paced.pause();
		const counted = await countLost(server.url, subscribers, devices);
		finals.push({ at: now(), after: PHASES[name], ...counted });
		paced.resume();
	};
	const lasting = (name: keyof typeof SHARES) => () => sleep(options.minutes * 60_000 * SHARES[name]);
	const look = async () => ({ memory: await server.memory(), descriptors: descriptorsOf(server.pid()) });

	await run('warmUp', lasting('warmUp'));
	const warm = await look();
	await run('rest', lasting('rest'));
	await run('abuse', async () => {
		const ends = [openSlowReader(server.url), openFlood(server.mqttUrl, 'soak-flood', options.flood)];
		await lasting('abuse')();
		for (const end of ends) end();
	});
	await run('kill', async () => {
		await server.killAndStart();
		delays.forget();
	});
	await run('end', lasting('end'));
	paced.pause();
	clearInterval(sampler);
	const end = await look();
	await Promise.all([close(), ...[...subscribers, ...devices].map((one) => one.close())]);
	return { samples, finals, start: warm, end };
}

/** Changes at an even pace, one sign after another. One that fails while the server is down is no harm: it was not taken. */
function startChanges(change: (n: number) => Promise<unknown>, rate: number) {
	let n = 0;
	let timer: NodeJS.Timeout;
	const resume = () => {
		timer = setInterval(() => void change(n++).catch(() => {}), 1000 / rate);
	};
	resume();
	return { resume, pause: () => clearInterval(timer) };
}
