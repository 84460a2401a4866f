/**
 * Starts a temporary Harper for the tests, the benchmark, the soak and the screenshot. It has free ports of 127.0.0.1, a
 * temporary folder, and a second component that reports on Harper's threads. It ends with this process.
 */
import { request } from 'node:http';
import { addComponent } from './component.ts';
import { startHarper, type Harper, type Options } from './harper.ts';
import { freePorts } from './ports.ts';
import { removeFolder, temporaryFolder } from './temporary-folder.ts';

export { removeFolder } from './temporary-folder.ts';

export const ADMIN = { username: 'admin', password: 'correct horse battery staple' };

export interface TemporaryHarper extends Harper {
	/** Ends Harper and removes its folder. */
	remove(): Promise<void>;
}

/** Starts Harper with two threads, and with a login for every client, as in production. @param changes to these options */
export async function startTemporaryHarper(changes: Partial<Options> = {}): Promise<TemporaryHarper> {
	const [httpPort, mqttPort, operationsPort] = await freePorts(3);
	const folder = temporaryFolder();
	if (!changes.bare) addComponent(folder, 'thread', THREAD);
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

/**
 * `GET /Thread/` returns the id of the worker thread that serves the connection. `GET /Collector/` first collects garbage, and
 * returns the memory that the thread uses, too. It collects twice: the second run frees what the first has found unused.
 */
const THREAD = `import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
export class Thread { static get() { return { threadId }; } static isCollection = () => false; }
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

/** The kernel chooses the thread of each connection at random: so several connections may be needed to reach each thread. */
const MAX_TRIES = 500;

/** The memory that all threads use after a garbage collection, in bytes. @throws when a thread gets no connection */
export async function memoryInUse({ url, options: { threads } }: Pick<Harper, 'url' | 'options'>): Promise<number> {
	const bytesOf = new Map<number, number>();
	for (let tries = 0; bytesOf.size < threads; tries++) {
		if (tries === MAX_TRIES) throw new Error(`only ${bytesOf.size} of ${threads} threads take connections`);
		const { threadId, bytes } = await collectOnce(url);
		bytesOf.set(threadId, bytes);
	}
	return [...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Sends the request on a new connection, for which the kernel chooses a thread. */
function collectOnce(url: string): Promise<{ threadId: number; bytes: number }> {
	return new Promise((done, fail) => {
		const sent = request(`${url}/Collector/`, { agent: false }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part) => (text += part));
			response.on('end', () => {
				if (response.statusCode === 200) done(JSON.parse(text));
				else fail(new Error(`GET /Collector/ is answered ${response.statusCode} ${text}`));
			});
		});
		sent.on('error', fail).end();
	});
}
