/**
 * Log lines of what can happen thousands of times a second: one when it begins, one in each period for all that followed
 * while it lasts, and none for each. Touches nothing of Harper's but its log.
 */

/** Of a publish that is refused, a write that fails, …; in ms. */
const PERIOD = 10_000;

/** So many subjects are counted apart; the others share one line. */
const MOST = 100;

/** Writes the line of `count` that followed; its subject is `others` for all that are not counted apart. */
type More = (count: number, subject: string) => void;

export class Bursts {
	/** By subject: how many came since its last line, and how the latest of them writes the next one. */
	#lasting = new Map<string, { count: number; more: More }>();
	#period: number;

	/** @param period how often a line is written, in ms */
	constructor(period: number) {
		this.#period = period;
	}

	isLasting = (subject: string) => this.#lasting.has(subject);

	/**
	 * @param subject what is counted together
	 * @param first writes the line of the first
	 * @param more writes that of those that followed since the last line
	 */
	add(subject: string, first: () => void, more: More): void {
		if (!this.#lasting.has(subject) && this.#lasting.size >= MOST) subject = 'others';
		const burst = this.#lasting.get(subject);
		if (burst) {
			burst.count++;
			burst.more = more;
			return;
		}
		this.#lasting.set(subject, { count: 0, more });
		first();
		this.#later(subject);
	}

	#later(subject: string): void {
		setTimeout(() => {
			const burst = this.#lasting.get(subject)!;
			if (burst.count === 0) return void this.#lasting.delete(subject);
			burst.more(burst.count, subject);
			burst.count = 0;
			this.#later(subject);
		}, this.#period).unref();
	}
}

const bursts = new Bursts(PERIOD);

/**
 * Writes a line; of the same subject not more than one in 10 s, with how many there were and the latest of them.
 * @param subject what is counted together
 */
export function logBurst(level: 'warn' | 'error', subject: string, text: string, cause?: unknown): void {
	const write = (line: string) => logger[level]?.(line, ...(cause === undefined ? [] : [cause]));
	bursts.add(
		subject,
		() => write(text),
		(count, counted) => write(`${counted}: ${count} more in ${PERIOD / 1000} s, the latest: ${text}`)
	);
}
