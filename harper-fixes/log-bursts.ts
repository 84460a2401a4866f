/**
 * Rate-limited logging for events that can happen thousands of times a second: the first event gets a line, then one
 * summary line per period until a period passes without an event. Uses nothing of Harper but its log.
 */

/** The period of `logBurst`. */
const PERIOD_MS = 10_000;

/** How many subjects are counted separately; all further subjects share one line. */
const MAX_SUBJECTS = 100;

/** Logs a summary of `count` events. The subject is `others` for all subjects that are not counted separately. */
type Summarise = (count: number, subject: string) => void;

export class Bursts {
	/**
	 * By subject: the number of events since its last line, and the function of the latest event that logs the next
	 * line.
	 */
	#active = new Map<string, { count: number; summarise: Summarise }>();
	#period: number;

	/** @param period how often a line is written, in ms */
	constructor(period: number) {
		this.#period = period;
	}

	isActive = (subject: string) => this.#active.has(subject);

	/**
	 * @param subject events with the same subject are counted together
	 * @param logFirst logs the first event
	 * @param summarise logs a summary of the events since the last line
	 */
	add(subject: string, logFirst: () => void, summarise: Summarise): void {
		if (!this.#active.has(subject) && this.#active.size >= MAX_SUBJECTS) subject = 'others';
		const burst = this.#active.get(subject);
		if (burst) {
			burst.count++;
			burst.summarise = summarise;
			return;
		}
		this.#active.set(subject, { count: 0, summarise });
		logFirst();
		this.#scheduleSummary(subject);
	}

	#scheduleSummary(subject: string): void {
		setTimeout(() => {
			const burst = this.#active.get(subject)!;
			if (burst.count === 0) return void this.#active.delete(subject);
			burst.summarise(burst.count, subject);
			burst.count = 0;
			this.#scheduleSummary(subject);
		}, this.#period).unref();
	}
}

const bursts = new Bursts(PERIOD_MS);

/**
 * Logs a line, at most one in 10 s for each subject. A later line has the number of events since the last one, and the
 * latest.
 * @param subject events with the same subject are counted together
 */
export function logBurst(level: 'info' | 'warn' | 'error', subject: string, text: string, cause?: unknown): void {
	const write = (line: string) => logger[level]?.(line, ...(cause === undefined ? [] : [cause]));
	bursts.add(
		subject,
		() => write(text),
		(count, counted) => write(`${counted}: ${count} more in ${PERIOD_MS / 1000} s, the latest: ${text}`)
	);
}
