/** Measures the delay from each change to its events at the subscribers, interval by interval. */
import type { SignJson } from '../../sign/fields.ts';
import { latencyOf, type Latency } from '../statistics.ts';

export class Delays {
	readonly #started = new Map<string, number>();
	#samples: number[] = [];
	#serial = 0;

	/** Starts the time of a new change. @returns the message to write */
	start(): string {
		const message = `soak ${++this.#serial}`;
		this.#started.set(message, performance.now());
		return message;
	}

	/** Takes a sample from a row that a subscriber has received; `before` is its previous row of that sign. */
	onRow(row: SignJson, before: SignJson | null | undefined): void {
		const start = this.#started.get(row.message);
		if (start !== undefined && row.message !== before?.message) this.#samples.push(performance.now() - start);
	}

	/** The latency, in ms, of the events since the last call. */
	takeLatency(): Latency {
		const latency = latencyOf(this.#samples);
		this.#samples = [];
		return latency;
	}

	/** Ignores the messages written so far: a subscriber that reconnects receives them again, late. */
	clear(): void {
		this.#started.clear();
	}
}
