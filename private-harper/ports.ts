/** Ports of this machine: whether one is free, and some that are. Opens them for a moment. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/**
 * Harper opens its sockets with SO_REUSEPORT: a second server on a port would start, and take half of the requests.
 * @param cure what to do beside ending what uses it
 * @throws when the port is taken, or cannot be opened
 */
export async function assertFree(host: string, port: number, cure = ''): Promise<void> {
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
		const why = code === 'EADDRINUSE' ? 'is in use' : 'cannot be opened';
		throw new Error(`port ${host}:${port} ${why}: end what uses it${cure}`, { cause });
	}
	server.close();
	await once(server, 'close');
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
