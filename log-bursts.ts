/** Log lines of what can happen thousands of times a second: one when it begins, and one for all that followed. */

/** In ms. */
const PERIOD = 10_000;

/** So many subjects are counted apart; the others share one line. */
const MOST = 100;

/** By subject: how often it happened since its line was written. */
const repeated = new Map<string, number>();

/**
 * Writes a line; of the same subject not more than one in 10 s, and then how many there were.
 * @param subject what is counted together
 */
export function logBurst(level: 'warn' | 'error', subject: string, text: string, cause?: unknown): void {
	if (!repeated.has(subject) && repeated.size >= MOST) subject = 'others';
	const count = repeated.get(subject);
	if (count !== undefined) return void repeated.set(subject, count + 1);
	repeated.set(subject, 0);
	logger[level]?.(text, ...(cause === undefined ? [] : [cause]));
	setTimeout(() => {
		const more = repeated.get(subject);
		repeated.delete(subject);
		if (more) logger[level]?.(`${subject}: ${more} more in ${PERIOD / 1000} s`);
	}, PERIOD).unref();
}
