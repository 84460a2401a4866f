/** Checks whether a port is free, and finds free ports, by listening on them for a moment. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/**
 * Harper opens its ports with SO_REUSEPORT: a second server on the same port would start, and receive half of the requests.
 * @param hint text for the error: what to do instead of ending the program that uses the port
 * @throws when the port is in use, or cannot be opened
 */
export async function assertFree(host: string, port: number, hint = ''): Promise<void> {
	const server = createServer();
	server.listen(port, host);
	try {
		await once(server, 'listening');
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		if (code === 'EADDRNOTAVAIL') {
			const alias = host.startsWith('127.') ? ` (on macOS: sudo ifconfig lo0 alias ${host})` : '';
			throw new Error(`this machine does not have the address ${host}${alias}`, { cause });
		}
		const problem = code === 'EADDRINUSE' ? 'is in use' : 'cannot be opened';
		throw new Error(`port ${host}:${port} ${problem}: end what uses it${hint}`, { cause });
	}
	server.close();
	await once(server, 'close');
}

/** Processes that run at the same time draw from different ones, mostly: between the choice and its use another could choose it too. */
const PORTS = 100;
const FIRST_PORT = 20_000 + (process.pid % 100) * PORTS;
let drawn = Math.floor(Math.random() * PORTS);

/**
 * Ports of 127.0.0.1 on which no program listens now. None of them is returned again until the others were: who asks twice may not
 * use the first ones yet. They are below the system's ephemeral ports: while a server is down, a client that reconnects again and
 * again could get the server's port as its own, and connect to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
	const servers: Server[] = [];
	while (servers.length < count) {
		const server = createServer().listen(FIRST_PORT + (drawn++ % PORTS), '127.0.0.1');
		const isFree = await once(server, 'listening').then(
			() => true,
			() => false // in use: try another one
		);
		if (isFree) servers.push(server);
	}
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => once(server.close(), 'close')));
	return ports;
}
