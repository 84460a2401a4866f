/**
 * Pings every WebSocket of this application, also one that speaks MQTT [RFC 6455, 5.5.2], and ends one whose peer shows
 * no sign of life.
 *
 * Symptom: Harper sends nothing on a WebSocket without events: proxies end it after 60 s (nginx, HAProxy). Harper never
 * ends a WebSocket whose peer has vanished, unless it sends events there; then the kernel does, after some 15 minutes.
 * Test: test/faults/dead-peers.test.ts, test/contract/live.test.ts.
 * Depends on: `server.ws` with `runFirst`; `_socket` of the library `ws`.
 * Delete when Harper pings its WebSockets.
 *
 * MQTT has a keep-alive of its own, but the client chooses it, and may choose none. A proxy counts the same 60 s.
 */
import type { WebSocket } from 'ws';
import { isOurs } from './http-body.ts';
import { onWebSocket, tcpSocketOf } from './internals.ts';
import { isMqtt } from './websocket-messages.ts';

/** All WebSockets of a thread are pinged at the same time, this often, in ms. */
const PING_MS = 18_000;

/** How many pings may be without an answer. After the next interval the WebSocket ends: 36 to 54 s of silence. */
const MAX_UNANSWERED = 2;

/**
 * A ping is behind everything that was sent before it: for each of so many bytes the peer has one more interval, as on
 * a line with 7 kB/s. A peer that takes nothing at all for two minutes is disconnected by api/subscribe.ts.
 */
const BYTES_PER_PING = 131_072;

interface Peer {
	/** The bytes that were read and written when the peer last showed a sign of life. */
	read: number;
	written: number;
	unanswered: number;
}

const peers = new Map<WebSocket, Peer>();

/** Call it once for each thread. */
export function pingWebSockets(): void {
	onWebSocket((socket, request, completion, next) => {
		if (isOurs(request.url) || isMqtt(request)) watch(socket);
		return next(socket, request, completion);
	});
	setInterval(() => peers.forEach(check), PING_MS).unref();
}

function watch(socket: WebSocket): void {
	peers.set(socket, { read: 0, written: 0, unanswered: 0 });
	socket.once('close', () => peers.delete(socket));
}

function check(peer: Peer, socket: WebSocket): void {
	const tcp = tcpSocketOf(socket);
	// `ws` itself ends a WebSocket that does not finish its closing handshake within 30 s
	if (socket.readyState !== socket.OPEN) return;
	const { bytesRead, bytesWritten } = tcp;
	// any byte is a sign of life; a pong is not read while the server reads nothing from the peer
	if (bytesRead !== peer.read || tcp.isPaused())
		Object.assign(peer, { read: bytesRead, written: bytesWritten, unanswered: 0 });
	const allowed = MAX_UNANSWERED + Math.floor((bytesWritten - peer.written) / BYTES_PER_PING);
	if (peer.unanswered >= allowed) {
		logger.info?.('A WebSocket is ended: its peer has answered no ping');
		return socket.terminate();
	}
	peer.unanswered++;
	socket.ping();
}
