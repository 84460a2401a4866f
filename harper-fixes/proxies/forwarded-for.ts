/**
 * Believes X-Forwarded-For of the proxies that TRUSTED_PROXIES names, and of nobody else. The limits for wrong logins,
 * Harper's log and `authorizeLocal` then have the address of the client.
 *
 * Symptoms:
 * - Harper writes X-Forwarded-For of any client into its log of failed logins.
 * - Behind a proxy all clients have its address: a single one that guesses passwords keeps the others out.
 *
 * Test: test/contract/forwarded.test.ts.
 * Depends on: `server.http` and `server.upgrade` with `runFirst`, which run before Harper reads the login; Harper reads
 * `ip` of a request, and `remoteAddress` of an MQTT socket.
 * Delete when Harper has a setting for trusted proxies.
 */
import type { IncomingMessage } from 'node:http';
import { onHttp, onUpgrade, onWebSocket, setAddress, setIp } from '../internals.ts';
import { readProxyProtocol } from './proxy-protocol.ts';
import { trusted, VARIABLE } from './trusted.ts';

const HEADER = 'x-forwarded-for';

/** The address of a request's client; undefined on the domain socket. */
export function clientAddressOf({ socket, headers }: IncomingMessage): string | undefined {
	const forwardedFor = headers[HEADER];
	return trusted.clientOf(socket.remoteAddress, forwardedFor?.toString());
}

/** Call it once for each thread, after the listeners that read an address are added. */
export function believeProxies(): void {
	for (const part of trusted.unreadable)
		logger.error?.(`${VARIABLE} must be addresses or networks, as in "127.0.0.1, 10.0.0.0/8"; not trusted: "${part}"`);
	onHttp((request, next) => {
		const { asObject: headers } = request.headers;
		if (headers[HEADER] !== undefined) {
			const client = clientAddressOf(request._nodeRequest);
			if (client === request._nodeRequest.socket.remoteAddress) delete headers[HEADER];
			else setIp(request, (headers[HEADER] = client));
		}
		return next(request);
	});
	// A WebSocket owns its connection: from now on all that reads the connection's address gets the client's.
	onUpgrade((request, socket, head, next) => {
		if (request.headers[HEADER] !== undefined) setAddress(request.socket, clientAddressOf(request));
		return next(request, socket, head);
	});
	// Harper logs the address of the MQTT socket, and a WebSocket has none.
	onWebSocket((socket, request, completion, next) => {
		setAddress(socket, request._nodeRequest.socket.remoteAddress);
		return next(socket, request, completion);
	});
	if (!trusted.isEmpty) readProxyProtocol();
}
