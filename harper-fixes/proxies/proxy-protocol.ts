/**
 * Reads the PROXY protocol on the ports of MQTT, from the proxies that TRUSTED_PROXIES names: a proxy that passes TLS
 * through cannot say the client's address in any other way. A connection of a trusted proxy may also begin without it.
 * Bytes of anybody else are not looked at.
 *
 * Test: test/contract/forwarded.test.ts.
 * Depends on: Harper listens on its ports after it has loaded the applications; Node's diagnostics channel
 * `tracing:net.server.listen:asyncStart`; Harper reads `remoteAddress` of an MQTT socket.
 * Part of forwarded-for.ts: delete them together.
 */
import { subscribe } from 'node:diagnostics_channel';
import { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { Server as TlsServer, type TLSSocket } from 'node:tls';
import { CONNECT_TIMEOUT_MS } from '../bounds.ts';
import { isHttp2Server, setAddress, socketBelow } from '../internals.ts';
import { logBurst } from '../log-bursts.ts';
import { parseProxyHeader, type ProxyHeader } from './proxy-header.ts';
import { trusted } from './trusted.ts';

/** The clients' addresses, by the connection on which a proxy said them. */
const addresses = new WeakMap<Socket, string>();

/** Call it once for each thread, before Harper opens its ports. */
export function readProxyProtocol(): void {
	subscribe('tracing:net.server.listen:asyncStart', (message) => {
		const { server } = message as { server: Server };
		const isHttp = server instanceof HttpServer || server instanceof HttpsServer || isHttp2Server(server);
		if (!isHttp) readHeaders(server);
	});
}

function readHeaders(server: Server): void {
	const listeners = server.listeners('connection');
	server.removeAllListeners('connection');
	server.on('connection', (socket: Socket) => {
		const accept = () => listeners.forEach((listener) => listener.call(server, socket));
		if (trusted.has(socket.remoteAddress)) readHeader(socket, accept);
		else accept();
	});
	if (server instanceof TlsServer)
		server.prependListener('secureConnection', (socket: TLSSocket) => {
			const address = addresses.get(socketBelow(socket)!);
			if (address !== undefined) setAddress(socket, address);
		});
}

function readHeader(socket: Socket, accept: () => void): void {
	let bytes = Buffer.alloc(0);
	const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS).unref();
	const destroy = () => socket.destroy();
	const read = (chunk: Buffer) => {
		bytes = Buffer.concat([bytes, chunk]);
		const header = parseProxyHeader(bytes);
		if (header === 'more') return;
		clearTimeout(timer);
		socket.pause().off('data', read).off('error', destroy).off('end', destroy);
		if (header === 'invalid') return refuse(socket, bytes);
		continueWith(socket, header, bytes, accept);
	};
	socket.on('data', read).on('error', destroy).on('end', destroy);
}

function continueWith(socket: Socket, header: ProxyHeader | 'none', bytes: Buffer, accept: () => void): void {
	if (header !== 'none' && header.address !== undefined) {
		addresses.set(socket, header.address);
		setAddress(socket, header.address);
	}
	const rest = header === 'none' ? bytes : bytes.subarray(header.size);
	if (rest.length) socket.unshift(rest);
	flowWhenRead(socket);
	accept();
}

/** Harper may add its listener later, after it has looked up an account. TLS reads what was buffered by itself. */
function flowWhenRead(socket: Socket): void {
	socket.on('newListener', function flow(event: string) {
		if (event !== 'data') return;
		socket.off('newListener', flow);
		process.nextTick(() => socket.resume());
	});
}

function refuse(socket: Socket, bytes: Buffer): void {
	const got = JSON.stringify(bytes.toString('latin1', 0, 60));
	const text = `A trusted proxy sent an invalid header of the PROXY protocol, and is disconnected: ${got}`;
	logBurst('error', 'Invalid headers of the PROXY protocol', text);
	socket.destroy();
}
