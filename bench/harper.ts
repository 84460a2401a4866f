/**
 * The Harper that is measured: free ports of 127.0.0.1, a temporary folder, and a component beside the application that
 * collects a thread's garbage, so that memory is what is in use. Ends with this process, whatever happens.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addComponent } from '../private-harper/component.ts';
import { startHarper } from '../private-harper/harper.ts';
import { freePorts } from '../private-harper/ports.ts';
import type { Options } from './options.ts';
import { diskOf } from './usage.ts';

export type Measured = Awaited<ReturnType<typeof startMeasured>>;

/** So many connections without meeting every thread: the kernel spreads them by chance. */
const MOST_TRIES = 500;

export async function startMeasured({ threads, port, viewersPort }: Options) {
	const [httpPort, mqttPort] = await freePorts(2);
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-bench-'));
	// a listener before this one has ended Harper, which may still write
	process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
	addComponent(folder, 'collector', COLLECTOR);
	const harper = await startHarper({
		folder,
		host: '127.0.0.1',
		httpPort: port || httpPort!,
		mqttPort: mqttPort!,
		admin: { username: 'admin', password: 'unused: whoever is on this machine is super_user' },
		authorizeLocal: true,
		threads,
	});
	const pid = harper.process.pid!;
	const { promise: failed, reject: fail } = Promise.withResolvers<never>();
	failed.catch(() => {}); // who waits for it hears of it
	harper.process.once('exit', (code) => fail(new Error(`Harper ended by itself with ${code} while it was measured`)));
	return {
		pid,
		url: harper.url,
		viewersUrl: viewersPort ? `http://127.0.0.1:${viewersPort}` : harper.url,
		mqttUrl: harper.mqttUrl,
		disk: () => diskOf(join(folder, 'data/database')),
		/** What Harper's threads have in use, in bytes, their garbage collected. */
		memory: () => collect(harper.url, threads),
		/** Rejects when Harper ends, and when `fail` is told a reason. */
		failed,
		fail: (why: string) => fail(new Error(why)),
	};
}

/** Twice: what one collection finds dead, the next gives back. */
export const COLLECTOR = `import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
export class Collector {
	static isCollection = () => false;
	static get() {
		collect();
		collect();
		const { heapUsed, external } = process.memoryUsage();
		return { threadId, bytes: heapUsed + external };
	}
}
`;

interface Collected {
	threadId: number;
	/** In use after the collection. */
	bytes: number;
}

/** What is in use on all threads together. */
export async function collect(url: string, threads: number): Promise<number> {
	const met = new Map<number, number>();
	for (let tries = 0; met.size < threads; tries++) {
		if (tries === MOST_TRIES) throw new Error(`only ${met.size} of ${threads} threads take connections`);
		const { threadId, bytes } = await collectOne(url);
		met.set(threadId, bytes);
	}
	return [...met.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** By a connection of its own, which belongs to a thread by chance. */
function collectOne(url: string): Promise<Collected> {
	return new Promise((done, fail) => {
		const sent = request(`${url}/Collector/`, { agent: false }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part) => (text += part));
			response.on('end', () => {
				if (response.statusCode === 200) done(JSON.parse(text) as Collected);
				else fail(new Error(`the collector answers ${response.statusCode} ${text}`));
			});
		});
		sent.on('error', fail).end();
	});
}
