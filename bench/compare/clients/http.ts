/**
 * One connection of HTTP/1.1 with one request in flight. Node's own client needs so much CPU for a request that it would
 * be the slowest part of a comparison.
 */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';

interface Waiting {
	done(body: string): void;
	fail(error: Error): void;
}

export class HttpConnection {
	readonly #socket: Socket;
	readonly #host: string;
	#received = '';
	#waiting: Waiting | undefined;

	private constructor(socket: Socket, host: string) {
		this.#socket = socket;
		this.#host = host;
		socket.on('data', this.#onData);
		socket.on('error', () => {}); // the close event follows
		socket.on('close', () => this.#fail(new Error('the connection was closed')));
	}

	/** @throws when nobody accepts it */
	static async open(url: string): Promise<HttpConnection> {
		const { hostname, port, host } = new URL(url);
		const socket = connect(Number(port), hostname).setNoDelay(true);
		await once(socket, 'connect');
		return new HttpConnection(socket, host);
	}

	/** @returns the body of the answer @throws unless the status is 2xx */
	request(method: string, path: string, body = ''): Promise<string> {
		return new Promise((done, fail) => {
			this.#waiting = { done, fail };
			if (this.#socket.destroyed) return this.#fail(new Error('the connection was closed'));
			const length = Buffer.byteLength(body);
			const type = body && `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
			this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${type}\r\n${body}`);
		});
	}

	/** @returns the socket, for another use: this connection sends and reads nothing any more */
	release(): Socket {
		this.#socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
		return this.#socket;
	}

	close(): void {
		this.#socket.destroy();
	}

	readonly #onData = (part: Buffer) => {
		this.#received += part.toString('latin1'); // one character is one byte; all answers are ASCII
		const headEnd = this.#received.indexOf(END_OF_HEAD);
		if (headEnd < 0) return;
		const head = this.#received.slice(0, headEnd);
		const body = this.#received.slice(headEnd + END_OF_HEAD.length);
		if (!isComplete(head, body)) return;
		this.#received = '';
		const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
		if (status >= 300) return this.#fail(new Error(`the answer is ${status} ${body}`));
		const waiting = this.#waiting;
		this.#waiting = undefined;
		waiting?.done(body);
	};

	#fail(error: Error): void {
		const waiting = this.#waiting;
		this.#waiting = undefined;
		waiting?.fail(error);
	}
}

function isComplete(head: string, body: string): boolean {
	if (head.startsWith('HTTP/1.1 204')) return true;
	const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
	return length === undefined ? body.endsWith(END_OF_CHUNKS) : body.length >= Number(length);
}
