/** Notes when each message was written, and how long it took to be heard. Touches nothing. */
import type { ToldRow } from '../sign.ts';
import type { Hear } from './clients.ts';
import { latencyOf, type Latency } from './statistics.ts';

let serial = 0;

/** Starts once for each message, and is read by those who hear it. */
export class Stopwatch {
	readonly #started = new Map<string, number>();
	#heard = 0;
	#told: number[] = [];
	#reported: number[] = [];

	start(): string {
		const message = `bench ${++serial}`;
		this.#started.set(message, performance.now());
		return message;
	}

	/** How long ago this message was written; undefined when it was not written here. */
	since(message: string): number | undefined {
		const start = this.#started.get(message);
		return start === undefined ? undefined : performance.now() - start;
	}

	/** A subscriber has heard a row; `before` is what it knew of that sign. What it hears again is no sample. */
	readonly hear: Hear = (row, before) => {
		const time = this.since(row.message);
		if (time === undefined) return;
		this.#heard++;
		// the device's report is an event of its own, with the same message
		if (row.message !== before?.message) this.#told.push(time);
		else if (isShown(row) && !isShown(before)) this.#reported.push(time);
	};

	/** What was heard so far. */
	get latencies(): { heard: number; told: Latency; reported: Latency } {
		return { heard: this.#heard, told: latencyOf(this.#told), reported: latencyOf(this.#reported) };
	}
}

const isShown = ({ revision, shownRevision }: ToldRow) => revision === shownRevision;
