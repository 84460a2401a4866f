/** A raw socket, to send bytes that no client library would send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Connects to a port of this machine. @returns functions to write, and to wait for received bytes */
export async function rawConnection(port: string | number) {
	const socket = connect(Number(port), '127.0.0.1');
	socket.on('error', () => {}); // the test notices the close
	onTestFinished(() => void socket.destroy());
	let received: Buffer = Buffer.alloc(0);
	socket.on('data', (data) => (received = Buffer.concat([received, data])));
	const closed = once(socket, 'close');
	await once(socket, 'connect');
	/** @throws when the expected bytes do not arrive within 10 s */
	const until = async (accept: (all: Buffer) => boolean, what: string) => {
		const end = Date.now() + 10_000;
		while (!accept(received)) {
			if (Date.now() > end) throw new Error(`${what} did not come; got ${received.toString('hex').slice(0, 400)}`);
			await sleep(5);
		}
		return received;
	};
	const untilClosed = async () => {
		const isClosed = await Promise.race([closed.then(() => true), sleep(10_000).then(() => false)]);
		if (!isClosed) throw new Error('the connection was not closed');
		return received;
	};
	return { write: (bytes: Buffer | string) => socket.write(bytes), until, untilClosed };
}
