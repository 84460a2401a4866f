/** A temporary Harper for the benchmark and the soak, without a login. It reports when its process ends unexpectedly. */
import { join } from 'node:path';
import { startHarper, type Harper } from '../launcher/harper.ts';
import { memoryInUse, startTemporaryHarper } from '../launcher/temporary-harper.ts';
import { diskOf, memoryOf } from './usage.ts';

export type WatchedHarper = Awaited<ReturnType<typeof startWatchedHarper>>;

/** The Harper that is measured. `viewersUrl` can be the URL of a proxy. */
export type Measured = WatchedHarper & { viewersUrl: string };

/** @param httpPort 0 chooses a free port */
export async function startWatchedHarper({ threads, httpPort = 0 }: { threads: number; httpPort?: number }) {
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => {}); // whoever awaits `failed` still gets the error
	let isKilled = false;
	const watch = (harper: Harper) => {
		harper.process.once('exit', (code, signal) => {
			if (!isKilled) failure.reject(new Error(`Harper ended by itself with ${code ?? signal}`));
		});
		return harper;
	};
	const port = httpPort ? { httpPort } : {};
	let harper = watch(await startTemporaryHarper({ ...port, authorizeLocal: true, threads }));
	const { url, mqttUrl, options } = harper;
	return {
		url,
		mqttUrl,
		pid: () => harper.process.pid!,
		/** The database's size on disk, in bytes. */
		disk: () => diskOf(join(options.folder, 'data/database')),
		/** The memory that Harper's threads use after a garbage collection, in bytes. */
		memory: () => memoryInUse(harper),
		/** The anonymous memory of the process after a garbage collection, in bytes. */
		async residentMemory() {
			await memoryInUse(harper);
			return memoryOf(harper.process.pid!);
		},
		async killAndStart() {
			isKilled = true;
			await harper.kill();
			isKilled = false;
			harper = watch(await startHarper(harper.options));
		},
		/** Rejects when Harper ends without `killAndStart`, and when `fail` is called. */
		failed: failure.promise,
		fail: (reason: string) => failure.reject(new Error(reason)),
	};
}
