/**
 * A network between a client and a server that can vanish: TCP through a port of its own, which on `cut` carries no byte
 * and no FIN any more, in either direction. Neither side is told.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * @param target the server's port on 127.0.0.1
 * @param isLost what of the server's bytes disappears, as in a proxy that is broken
 */
export async function openPipe(target: number, isLost = (_bytes: Buffer) => false) {
	const sockets = new Set<Socket>();
	let isCut = false;
	const carry = (from: Socket, to: Socket, loses = (_bytes: Buffer) => false) => {
		sockets.add(from);
		from.on('data', (bytes) => loses(bytes) || to.write(bytes));
		from.on('end', () => isCut || to.end());
		from.on('error', () => isCut || to.destroy());
		from.on('close', () => sockets.delete(from));
	};
	const server = createServer({ allowHalfOpen: true }, (client) => {
		sockets.add(client);
		if (isCut) return void client.on('error', () => {}).pause();
		const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
		carry(client, upstream);
		carry(upstream, client, isLost);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return {
		port: (server.address() as AddressInfo).port,
		/** The network vanishes: what is open goes silent for good, what connects meanwhile gets no answer. */
		cut() {
			isCut = true;
			for (const socket of sockets) socket.pause();
		},
		/** The network is back, for new connections. */
		heal() {
			isCut = false;
		},
	};
}
