/**
 * A network between a client and a server that can fail: it forwards TCP through its own port. After `cut` it forwards no byte and
 * no FIN in either direction, so neither side notices.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * @param target the server's port on 127.0.0.1
 * @param isLost chooses bytes of the server that disappear, as in a broken proxy
 */
export async function openPipe(target: number, isLost = (_bytes: Buffer) => false) {
	const sockets = new Set<Socket>();
	let isCut = false;
	let isBroken = false;
	const carry = (from: Socket, to: Socket, loses = (_bytes: Buffer) => false) => {
		sockets.add(from);
		from.on('data', (bytes) => loses(bytes) || to.write(bytes));
		from.on('end', () => isCut || to.end());
		from.on('error', () => isCut || to.destroy());
		from.on('close', () => sockets.delete(from));
	};
	const server = createServer({ allowHalfOpen: true }, (client) => {
		sockets.add(client);
		if (isBroken) return void client.destroy();
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
		/** The network fails: open connections stay silent for good, new ones get no answer. */
		cut() {
			isCut = true;
			for (const socket of sockets) socket.pause();
		},
		/** The server ends all connections at once, and accepts none. */
		break() {
			isBroken = true;
			for (const socket of sockets) socket.destroy();
		},
		/** The network works again, for new connections. */
		heal() {
			isCut = isBroken = false;
		},
		/** Ends all connections, and both sides notice. */
		reset() {
			for (const socket of sockets) socket.destroy();
		},
	};
}
