/**
 * Events as the text of an answer: each is written once, however many subscribers get it.
 * Part of shared-event-texts.ts: delete them together.
 */
import { Readable } from 'node:stream';

/** Events that are taken one by one, as `Stream` of api/stream.ts has them. */
export interface Events {
	/** Passes the next event to `take`, null after the end. */
	takeNext(take: (event: object | null) => void): void;
	end(): void;
}

export const areEvents = (value: unknown): value is Events => typeof (value as Partial<Events>).takeNext === 'function';

/** Calls `write` once for each event: the text belongs to the object that all subscribers get. */
export function writtenOnce(write: (event: object) => unknown): (event: object) => unknown {
	const texts = new WeakMap<object, unknown>();
	return (event) => {
		if (!texts.has(event)) texts.set(event, write(event));
		return texts.get(event);
	};
}

/** Takes an event only when the connection can send it: until then a later one may take its place. */
export function toReadable(events: Events, textOf: (event: object) => unknown): Readable {
	return new Readable({
		objectMode: true,
		highWaterMark: 1,
		read() {
			events.takeNext((event) => this.destroyed || this.push(event && textOf(event)));
		},
		destroy(error, done) {
			events.end();
			done(error);
		},
	});
}
