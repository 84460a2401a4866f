/** A target of `npm run compare` in this process, which loses what a test asks it to lose. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Target } from '../../bench/compare/targets/target.ts';

interface Row {
	id: string;
	message: string;
	revision: number;
}

interface Faults {
	/** The number of the event, of all streams together, that is not sent. */
	missedEvent?: number;
	/** Whether a write is acknowledged and not stored. */
	forgets?: (row: Row) => boolean;
}

/** It ends with the test. */
export async function startForgetfulTarget({ missedEvent, forgets = () => false }: Faults): Promise<Target> {
	const rows = new Map<string, Row>();
	const streams: ServerResponse[] = [];
	let events = 0;
	const store = (id: string, body: string) => {
		const { message } = JSON.parse(body) as Row;
		const row = { id, message, revision: (rows.get(id)?.revision ?? 0) + 1 };
		if (forgets(row)) return;
		rows.set(id, row);
		for (const stream of streams) if (++events !== missedEvent) stream.write(`data: ${JSON.stringify(row)}\n\n`);
	};
	const server = createServer((request, response) => {
		const id = request.url!.slice('/Sign/'.length);
		if (request.method === 'PUT')
			return void text(request).then((body) => {
				store(id, body);
				response.writeHead(204).end();
			});
		if (!id) {
			response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
			return void streams.push(response);
		}
		const row = JSON.stringify(rows.get(id) ?? null);
		response.writeHead(rows.has(id) ? 200 : 404, { 'Content-Length': row.length }).end(row);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => void server.close().closeAllConnections());
	return {
		name: 'stitched',
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		mqttUrl: '',
		threads: 1,
		hasSigns: true,
		countsRevisions: true,
		hasWebSocket: false,
		parts: [{ name: 'this process', pid: () => process.pid, killAndStart: async () => {} }],
		body: (id, message) => JSON.stringify({ id, message }),
		deviceMessage: () => ({ topic: '', payload: '', retain: false }),
		stop: async () => {},
	};
}
