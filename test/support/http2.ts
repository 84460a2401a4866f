/** A client of HTTP/2: Node's own. */
import { connect } from 'node:http2';
import { onTestFinished } from 'vitest';
import { Feed } from './feed.ts';

/** Opens a connection. It does not announce the size of a body, unless the headers do. */
export function openHttp2(url: string, ca: Buffer) {
	const connection = connect(url, { ca }).on('error', () => {}); // the requests on it fail too
	onTestFinished(() => connection.destroy());
	const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
		const stream = connection.request({ ':method': method, ':path': path, ...headers }, { endStream: !body });
		const feed = new Feed<string>(`${method} ${path} over HTTP/2`);
		stream.setEncoding('utf8').on('data', (part) => feed.push(part));
		const answer = new Promise<{ status: number; cookies: string[] }>((done, fail) => {
			stream.on('error', fail);
			stream.on('response', (got) => done({ status: got[':status']!, cookies: got['set-cookie'] ?? [] }));
		});
		if (body) stream.end(body);
		const text = new Promise<string>((done) => stream.on('end', () => done(feed.received.join(''))));
		return { answer, text, feed };
	};
	return { send, connection };
}
