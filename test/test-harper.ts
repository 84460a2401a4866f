/**
 * A Harper for tests: free ports of 127.0.0.1, a temporary folder, and two components beside the application: one tells
 * which thread a connection belongs to, the other what the thread has in use.
 */
import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COLLECTOR } from '../bench/harper.ts';
import { addComponent } from '../private-harper/component.ts';
import { startHarper, type Harper, type Options } from '../private-harper/harper.ts';
import { freePorts } from '../private-harper/ports.ts';

export const ADMIN = { username: 'admin', password: 'correct horse battery staple' };

export interface TestHarper extends Harper {
	/** Ends Harper and removes its folder. */
	remove(): Promise<void>;
}

export async function startTestHarper(changes: Partial<Options> = {}): Promise<TestHarper> {
	const [httpPort, mqttPort, operationsPort] = await freePorts(3);
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
	if (!changes.bare) {
		addComponent(folder, 'probe', PROBE);
		addComponent(folder, 'collector', COLLECTOR);
	}
	const harper = await startHarper({
		folder,
		host: '127.0.0.1',
		httpPort: httpPort!,
		mqttPort: mqttPort!,
		operationsPort: operationsPort!,
		admin: ADMIN,
		authorizeLocal: false,
		threads: 2,
		...changes,
	});
	const remove = async () => {
		await harper.stop();
		await removeFolder(folder);
	};
	return { ...harper, remove };
}

/** Removes what a Harper has written. An npm that it began may outlive it, and write there for a while. */
export const removeFolder = (folder: string) =>
	rm(folder, { recursive: true, force: true, maxRetries: 100, retryDelay: 100 });

/** For a test that failed: the last of what Harper has noted. */
export async function showLog({ url, logFile }: { url: string; logFile: string }): Promise<void> {
	const log = await readFile(logFile, 'utf8').catch((error: Error) => error.message);
	console.error(`The log of ${url}:\n${log.slice(-20_000)}`);
}

/** `GET /Thread/` tells the worker thread that the HTTP connection belongs to. */
const PROBE = `import { threadId } from 'node:worker_threads';
export class Thread { static get() { return { threadId }; } static isCollection = () => false; }
`;
