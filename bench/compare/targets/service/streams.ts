/** The open event streams: each change is serialised once, and written to all that want it. */
import type { ServerResponse } from 'node:http';
import type { Row } from './table.ts';

/** In bytes: a client that has so much unread is disconnected. It reconnects, and gets the current rows. */
const MOST_UNREAD = 4_000_000;
/** In ms. */
const HEARTBEAT = 15_000;

const HEADERS = {
	'Content-Type': 'text/event-stream',
	'Cache-Control': 'no-store, no-transform',
	'X-Accel-Buffering': 'no',
};

interface Stream {
	response: ServerResponse;
	/** The one sign; undefined: all. */
	id: string | undefined;
	/** Changes that came while the current rows were read. */
	waiting: string[] | undefined;
}

const eventOf = (id: string, row: Row | null) =>
	`data: ${JSON.stringify({ id, type: row ? 'put' : 'delete', value: row })}\n\n`;

export function openStreams() {
	const streams = new Set<Stream>();
	const write = ({ response }: Stream, text: string) => {
		response.write(text);
		if (response.writableLength > MOST_UNREAD) response.destroy();
	};
	setInterval(() => {
		for (const stream of streams) if (!stream.waiting) write(stream, 'event: heartbeat\ndata:\n\n');
	}, HEARTBEAT).unref();
	return {
		/** Sends the current rows, and then every change. */
		async open(response: ServerResponse, id: string | undefined, read: () => Promise<Row[]>): Promise<void> {
			const waiting: string[] = [];
			const stream: Stream = { response, id, waiting };
			streams.add(stream);
			response.on('close', () => streams.delete(stream)).on('error', () => {});
			const rows = await read();
			response.writeHead(200, HEADERS);
			response.write(':\n\n' + rows.map((row) => eventOf(row.id, row)).join('') + waiting.join(''));
			stream.waiting = undefined;
		},
		send(id: string, row: Row | null): void {
			const text = eventOf(id, row);
			for (const stream of streams) {
				if (stream.id !== undefined && stream.id !== id) continue;
				if (stream.waiting) stream.waiting.push(text);
				else write(stream, text);
			}
		},
	};
}

export type Streams = ReturnType<typeof openStreams>;
