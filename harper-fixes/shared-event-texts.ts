/**
 * Writes an event of Server-Sent Events once, however many subscribers get it.
 *
 * Symptom: Harper writes the JSON of a row again for each subscriber, and each event passes through an asynchronous
 * generator: with many subscribers that is a large part of what an event costs.
 * Test: test/unit/event-readable.test.ts.
 * Depends on: `server.contentTypes`. The subscribers of a thread get the same object (api/stream.ts).
 * Delete when Harper writes an event once for all subscribers.
 */
import { areEvents, toReadable, writtenOnce } from './event-readable.ts';
import { harperServer } from './internals.ts';

/** Call it once for each thread. */
export function writeEventsOnce(): void {
	const type = harperServer.contentTypes.get('text/event-stream')!;
	const { serialize, serializeStream } = type;
	const textOf = writtenOnce((event) => serialize!.call(type, event));
	type.serializeStream = (events, response) =>
		areEvents(events) ? toReadable(events, textOf) : serializeStream!.call(type, events, response);
}
