/** HTTP requests as any client may send them, and bytes that no HTTP library sends. */
import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { must } from '../check.ts';
import type { Harper } from '../../../launcher/harper.ts';
import { basic, type Account } from '../../../launcher/operations-api.ts';
import { ADMIN } from '../../../launcher/temporary-harper.ts';

export interface Sent {
	headers?: Record<string, string>;
	body?: string | Buffer;
	/** null: without a login. */
	account?: Account | null;
	/** How long to wait for the end of the answer, in ms. */
	wait?: number;
	/** What suffices of an answer that does not end. */
	until?: RegExp;
	/** By default each request has a connection of its own. */
	agent?: Agent;
}

export interface Answer {
	/** 0 when none came. */
	status: number;
	headers: IncomingHttpHeaders;
	text: string;
	/** Whether the answer ended. */
	hasEnded: boolean;
}

/** Sends one request. An answer that does not end in time is returned as far as it came. */
export function ask(harper: Harper, method: string, path: string, sent: Sent = {}): Promise<Answer> {
	const { headers, body, account = ADMIN, wait = 5_000, until, agent = false } = sent;
	const all = { ...(account && { Authorization: basic(account) }), ...headers };
	return new Promise((done) => {
		const answer: Answer = { status: 0, headers: {}, text: '', hasEnded: false };
		const asked = request(harper.url + path, { method, headers: all, agent }, (response) => {
			Object.assign(answer, { status: response.statusCode!, headers: response.headers });
			response.setEncoding('utf8').on('data', (part) => {
				answer.text += part;
				if (until?.test(answer.text)) finish();
			});
			response.on('end', () => ((answer.hasEnded = true), finish()));
		});
		const finish = () => (clearTimeout(timer), answer.hasEnded || asked.destroy(), done(answer));
		const timer = setTimeout(finish, wait);
		asked.on('error', finish).end(body);
	});
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Sends JSON; a string is sent as it is. */
export const sendJson = (harper: Harper, method: string, path: string, body: unknown, sent: Sent = {}) =>
	ask(harper, method, path, {
		...sent,
		headers: { ...JSON_TYPE, ...sent.headers },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});

/** Stores a row. @throws when Harper refuses it */
export async function put(harper: Harper, id: string, row: object): Promise<void> {
	const { status, text } = await sendJson(harper, 'PUT', `/Sign/${id}`, row);
	must(status >= 200 && status < 300, `row: PUT answers ${status} ${text}`);
}

/** The stored row; undefined when there is none. */
export async function read(harper: Harper, id: string): Promise<Record<string, unknown> | undefined> {
	const { status, text } = await ask(harper, 'GET', `/Sign/${id}`);
	return status === 200 ? JSON.parse(text) : undefined;
}

/** Sends the bytes on a connection of its own, and returns what came until it was closed, or within `ms`. */
export function askRaw(harper: Harper, bytes: string, ms = 2_000): Promise<string> {
	const { hostname, port } = new URL(harper.url);
	return new Promise((done) => {
		let received = '';
		const socket = connect(Number(port), hostname, () => socket.write(bytes));
		const finish = () => (clearTimeout(timer), socket.destroy(), done(received));
		const timer = setTimeout(finish, ms);
		socket.on('data', (data) => (received += String(data))).on('error', finish);
		socket.on('close', finish);
	});
}

/** The head of a request with the administrator's login. A header that is null is not sent. */
export const head = (harper: Harper, method: string, path: string, headers: Record<string, string | null> = {}) =>
	`${method} ${path} HTTP/1.1\r\n${Object.entries({
		Host: new URL(harper.url).host,
		Connection: 'close',
		Authorization: basic(ADMIN),
		...headers,
	})
		.map(([name, value]) => (value === null ? '' : `${name}: ${value}\r\n`))
		.join('')}\r\n`;
