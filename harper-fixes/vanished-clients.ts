/**
 * Ends the connection of a client of Server-Sent Events whose machine has vanished.
 *
 * Symptom: such a client sends nothing, so that only TCP knows: it sends a heartbeat again and again. The kernel gives
 * up after some 15 minutes; until then Harper keeps the connection. Node has no TCP_USER_TIMEOUT.
 * Test: test/faults/dead-peers.test.ts.
 * Check: none, because the kernel keeps such a connection for 15 minutes, and only a firewall lets a machine vanish.
 * Depends on: Linux: `/proc/net/tcp` has how often TCP has repeated what is not acknowledged. Elsewhere nothing is ended.
 * Delete when Harper, or Node, bounds the time without an acknowledgement.
 */
import { fstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Context } from 'harperdb';
import { fileOf } from './internals.ts';

/** All connections of a thread are checked at the same time, this often, in ms. A heartbeat is sent every 15 s. */
const CHECK_MS = 18_000;

/**
 * A client has vanished when TCP repeats for the fifth time (6 s after the first, or later on slow lines), and was
 * repeating at the check before.
 */
const MIN_REPEATS = 5;

interface Client {
	inode: number;
	repeats: number;
	onVanished(): void;
}

const clients = new Set<Client>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls `onVanished` when the client of this request no longer acknowledges what is sent.
 * @returns a function that ends this
 */
export function watchClient(context: Context, onVanished: () => void): () => void {
	const file = fileOf(context);
	if (file === undefined || process.platform !== 'linux') return () => {};
	const client = { inode: fstatSync(file).ino, repeats: 0, onVanished };
	clients.add(client);
	timer ??= setInterval(checkClients, CHECK_MS).unref();
	return () => void clients.delete(client);
}

async function checkClients(): Promise<void> {
	if (!clients.size) return;
	try {
		const repeats = await readRepeats();
		for (const client of clients) check(client, repeats.get(client.inode) ?? 0);
	} catch (error) {
		clearInterval(timer);
		logger.warn?.(
			'The state of TCP connections cannot be read: clients that vanish are not noticed for minutes',
			error
		);
	}
}

function check(client: Client, repeats: number): void {
	const hasVanished = repeats >= MIN_REPEATS && client.repeats > 0 && repeats > client.repeats;
	client.repeats = repeats;
	if (hasVanished) client.onVanished();
}

/** An open connection with data that TCP has repeated: the number of repeats, in hexadecimal, and the inode. */
const REPEATING = /^ *\d+: \S+ \S+ 01 \S+ \S+ (?!0{8})([\dA-F]{8}) +\d+ +\d+ (\d+)/gm;

/** How often TCP has repeated the oldest data that is not acknowledged, by the inode of the connection. */
async function readRepeats(): Promise<Map<number, number>> {
	const tables = await Promise.all(['tcp', 'tcp6'].map(readTable));
	const found = tables.flatMap((text) => [...text.matchAll(REPEATING)]);
	return new Map(found.map(([, repeats, inode]) => [Number(inode), Number.parseInt(repeats!, 16)]));
}

/** A machine without IPv6 has no `tcp6`. */
const readTable = (name: string) =>
	readFile(`/proc/self/net/${name}`, 'latin1').catch((error: NodeJS.ErrnoException) => {
		if (name === 'tcp6' && error.code === 'ENOENT') return '';
		throw error;
	});
