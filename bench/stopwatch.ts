/** Measures latencies: from the write of a message to its events at the subscribers. */
import type { SignJson } from '../sign/fields.ts';
import type { OnRow } from './clients.ts';
import { latencyOf, type Latency } from './statistics.ts';

let serial = 0;

export class Stopwatch {
	readonly #started = new Map<string, number>();
	#eventCount = 0;
	#received: number[] = [];
	#reported: number[] = [];

	/** Starts the time of a new message. @returns the message, which is unique in this process */
	start(): string {
		const message = `bench ${++serial}`;
		this.#started.set(message, performance.now());
		return message;
	}

	/** Time since `start` returned this message, in ms; undefined for any other message. */
	since(message: string): number | undefined {
		const start = this.#started.get(message);
		return start === undefined ? undefined : performance.now() - start;
	}

	/** Takes a sample from a row that a subscriber has received. A repeated row gives no sample. */
	readonly onRow: OnRow = (row, before) => {
		const time = this.since(row.message);
		if (time === undefined) return;
		this.#eventCount++;
		// the device's report is another event, with the same message
		if (row.message !== before?.message) this.#received.push(time);
		else if (isShown(row) && !isShown(before)) this.#reported.push(time);
	};

	/** The samples so far, with the names that `Load` has. */
	get latencies(): { heard: number; told: Latency; reported: Latency } {
		return { heard: this.#eventCount, told: latencyOf(this.#received), reported: latencyOf(this.#reported) };
	}
}

const isShown = ({ revision, shownRevision }: SignJson) => revision === shownRevision;
