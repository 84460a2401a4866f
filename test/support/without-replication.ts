/**
 * An Operations API without replication, in front of a Harper that has it. It answers as Harper 5 does: it does not know
 * `cluster_status`, and refuses `replicated` after the files have arrived. Everything else goes to the Harper behind it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** @returns its URL; it ends with the test */
export async function withoutReplication(operationsUrl: string): Promise<string> {
	const server = createServer(async (request, response) => {
		const body = await buffer(request);
		const refusal = refusalOf(body);
		if (refusal) return void response.writeHead(refusal.status).end(JSON.stringify({ error: refusal.error }));
		const forwarded = { method: request.method!, headers: headersOf(request), body };
		const answer = await fetch(operationsUrl, forwarded).catch(() => undefined);
		if (!answer) return void request.socket.destroy(); // while the Harper behind it restarts
		response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' });
		response.end(await answer.bytes());
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => server.closeAllConnections());
	onTestFinished(() => void server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function refusalOf(body: Buffer): { status: number; error: string } | undefined {
	if (body.includes('cluster_status')) return { status: 400, error: "Operation 'cluster_status' not found" };
	// CBOR and JSON write the name of the field alike
	if (body.includes('replicated')) return { status: 500, error: 'Replication not implemented' };
	return undefined;
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
	const { authorization = '', 'content-type': type = '', accept = '*/*' } = headers;
	return { 'Authorization': authorization, 'Content-Type': type, 'Accept': accept };
}
