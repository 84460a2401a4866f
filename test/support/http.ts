/** HTTP requests with exact headers, which fetch would complete or refuse to send. */
import { request } from 'node:http';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { url, type Account } from './clients.ts';

export interface Sent {
	headers?: Record<string, string>;
	body?: string;
	account?: Account | null;
	/** How much of the answer is read: by default all of it. */
	until?: (text: string) => boolean;
}

export interface Answer {
	status: number;
	/** The content type without its parameters; empty when there is none. */
	type: string;
	headers: Record<string, string | string[] | undefined>;
	text: string;
}

/** @throws when the answer does not end, or not come as far as `until`, within 10 s */
export function send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
	const { headers = {}, body, account = ADMIN, until } = sent;
	const { hostname, port } = new URL(url);
	const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
	const login = account ? { Authorization: basic(account) } : {};
	return new Promise((done, fail) => {
		const options = { method, hostname, port, path, headers: { ...login, ...length, ...headers }, agent: false };
		const outgoing = request(options, (response) => {
			let text = '';
			const { statusCode: status = 0, headers } = response;
			const type = headers['content-type']?.split(';')[0] ?? '';
			const finish = () => {
				clearTimeout(timer);
				outgoing.destroy();
				done({ status, type, headers, text });
			};
			response.setEncoding('utf8').on('data', (part) => {
				text += part;
				if (until?.(text)) finish();
			});
			response.on('end', finish);
		});
		const timer = setTimeout(() => {
			fail(new Error(`${method} ${path} ${JSON.stringify(headers)} was not answered within 10 s`));
			outgoing.destroy();
		}, 10_000);
		outgoing.on('error', fail).end(body);
	});
}
