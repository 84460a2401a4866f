/** How long changes take to be heard, interval by interval. Touches nothing. */
import type { ToldRow } from '../../sign.ts';
import { latencyOf, type Latency } from '../statistics.ts';

export class Delays {
	readonly #started = new Map<string, number>();
	#samples: number[] = [];
	#serial = 0;

	/** The message of a change that begins now. */
	start(): string {
		const message = `soak ${++this.#serial}`;
		this.#started.set(message, performance.now());
		return message;
	}

	/** A subscriber has heard a row; `before` is what it knew of that sign. */
	hear(row: ToldRow, before: ToldRow | null | undefined): void {
		const start = this.#started.get(row.message);
		if (start !== undefined && row.message !== before?.message) this.#samples.push(performance.now() - start);
	}

	/** Of those heard since it was asked last. */
	take(): Latency {
		const latency = latencyOf(this.#samples);
		this.#samples = [];
		return latency;
	}

	/** What was written so far is old: a subscriber that comes back is told it again. */
	forget(): void {
		this.#started.clear();
	}
}
