/**
 * A Harper for tests: free ports of 127.0.0.1, a temporary folder, and a component beside the application that tells
 * which thread a connection belongs to.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { startHarper, type Harper, type Options } from '../private-harper/harper.ts';

export const ADMIN = { username: 'admin', password: 'correct horse battery staple' };

export interface TestHarper extends Harper {
	/** Ends Harper and removes its folder. */
	remove(): Promise<void>;
}

export async function startTestHarper(changes: Partial<Options> = {}): Promise<TestHarper> {
	const [httpPort, mqttPort, operationsPort] = await freePorts(3);
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
	if (!changes.bare) addThreadProbe(folder);
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
		await rm(folder, { recursive: true, force: true });
	};
	return { ...harper, remove };
}

/**
 * Ports that nothing listens on at this moment, all different. Below those that the system gives to clients: while a
 * server is away, a client that tries its port again and again would be given that very port, and talk to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
	const servers: Server[] = [];
	while (servers.length < count) {
		const server = createServer().listen(FIRST_PORT + Math.floor(Math.random() * PORTS), '127.0.0.1');
		const isFree = await once(server, 'listening').then(
			() => true,
			() => false // in use: another one
		);
		if (isFree) servers.push(server);
	}
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => once(server.close(), 'close')));
	return ports;
}

const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** `GET /Thread/` tells the worker thread that the HTTP connection belongs to. Harper loads it from its own folder. */
function addThreadProbe(folder: string): void {
	const component = join(folder, 'data/components/thread-probe');
	mkdirSync(component, { recursive: true });
	writeFileSync(join(component, 'config.yaml'), 'rest: true\njsResource:\n  files: probe.js\n');
	writeFileSync(join(component, 'package.json'), '{ "name": "thread-probe", "type": "module" }');
	writeFileSync(
		join(component, 'probe.js'),
		`import { threadId } from 'node:worker_threads';
		export class Thread { static get() { return { threadId }; } static isCollection = () => false; }`
	);
}
