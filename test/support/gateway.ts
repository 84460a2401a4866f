/** A reverse proxy in front of a Harper. It records the requests, and can fail as servers do. */
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Feed } from './feed.ts';

/** `forwards`: to Harper. `refuses`: answers 503. `hangs`: answers no further request; open streams stay. */
type Mode = 'forwards' | 'refuses' | 'hangs';

/** @param target the server's URL */
export async function openGateway(target: string) {
	let mode: Mode = 'forwards';
	const requests = new Feed<string>('the gateway');
	const streams = new Map<ServerResponse, string>();
	const server = createServer((incoming, answer) => {
		const { method, url, headers } = incoming;
		const isStream = headers.accept === 'text/event-stream';
		requests.push(isStream ? `stream ${url}` : `${method} ${url}`);
		if (mode === 'hangs') return;
		if (mode === 'refuses') return void answer.writeHead(503).end();
		const upstream = request(new URL(url!, target), { method, headers, agent: false }, (response) => {
			answer.writeHead(response.statusCode!, response.headers);
			if (isStream && response.statusCode === 200)
				streams.set(
					answer.on('close', () => streams.delete(answer)),
					url!
				);
			response.pipe(answer);
		});
		upstream.on('error', () => answer.destroy());
		answer.on('close', () => upstream.destroy());
		incoming.pipe(upstream);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		/** Each request as `<method> <path>`, and an event stream as `stream <path>`. */
		requests,
		/** The paths of the event streams that are open. */
		get streams() {
			return [...streams.values()];
		},
		/** From now on treats requests so, and ends all connections, unless it hangs. */
		become(next: Mode) {
			mode = next;
			if (mode !== 'hangs') server.closeAllConnections();
		},
	};
}
