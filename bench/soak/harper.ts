/** The Harper that is worn: free ports of 127.0.0.1 and a temporary folder. It can be killed and started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addComponent } from '../../private-harper/component.ts';
import { startHarper, type Harper } from '../../private-harper/harper.ts';
import { freePorts } from '../../private-harper/ports.ts';
import { collect, COLLECTOR } from '../harper.ts';
import { memoryOf } from '../usage.ts';

export type Worn = Awaited<ReturnType<typeof startWorn>>;

/** Ends, with its folder, when this process does. */
export async function startWorn(threads: number) {
	const [httpPort, mqttPort] = await freePorts(2);
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-soak-'));
	// a listener before this one has ended Harper, which may still write
	process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
	addComponent(folder, 'collector', COLLECTOR);
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => {}); // who waits for it hears of it
	let isKilled = false;
	const watch = (harper: Harper) => {
		harper.process.once('exit', (code, signal) => {
			if (!isKilled) failure.reject(new Error(`Harper ended by itself with ${code ?? signal}`));
		});
		return harper;
	};
	let harper = watch(
		await startHarper({
			folder,
			host: '127.0.0.1',
			httpPort: httpPort!,
			mqttPort: mqttPort!,
			admin: { username: 'admin', password: 'unused: whoever is on this machine is super_user' },
			authorizeLocal: true,
			threads,
		})
	);
	return {
		url: harper.url,
		mqttUrl: harper.mqttUrl,
		pid: () => harper.process.pid!,
		/** In bytes, its garbage collected. */
		async memory() {
			await collect(harper.url, threads);
			return memoryOf(harper.process.pid!);
		},
		async killAndStart() {
			isKilled = true;
			await harper.kill();
			isKilled = false;
			harper = watch(await startHarper(harper.options));
		},
		/** Rejects when Harper ends and was not killed. */
		failed: failure.promise,
	};
}
