/** WebSockets on `/Sign/<id>`: they get the current row of one sign, and then each change. */
import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Row } from './table.ts';

const textOf = (id: string, row: Row | null) => JSON.stringify({ id, type: row ? 'put' : 'delete', value: row });

/** @param read the current row */
export function openSockets(server: Server, read: (id: string) => Promise<Row | undefined>) {
	const sockets = new Map<string, Set<WebSocket>>();
	/** Those that have got a change. */
	const served = new WeakSet<WebSocket>();
	const open = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 16_384 });
	open.on('connection', (socket: WebSocket, { url = '' }: IncomingMessage) => {
		const id = url.slice('/Sign/'.length);
		const group = sockets.get(id) ?? new Set();
		sockets.set(id, group.add(socket));
		socket.on('error', () => {});
		socket.on('close', () => group.delete(socket));
		read(id)
			// a change that came meanwhile is newer
			.then((row) => row && !served.has(socket) && socket.send(textOf(id, row)))
			.catch(() => socket.terminate());
	});
	return {
		send(id: string, row: Row | null): void {
			const group = sockets.get(id);
			if (!group?.size) return;
			const text = textOf(id, row);
			for (const socket of group) {
				served.add(socket);
				socket.send(text);
			}
		},
	};
}
