/**
 * Detects that the clock of this computer was set back, and waits until it has caught up.
 *
 * Symptom: the audit log orders commits by the clock, and Harper publishes only entries that are newer than the last
 * published one. A commit after the clock was set back is acknowledged and published to nobody, until the clock has
 * passed the newest entry of the log.
 * Test: test/faults/clock.test.ts.
 * Depends on: the keys of the audit log, which are the times of the commits.
 * Delete when Harper gives each commit a later key than all commits before it.
 */
import { ask } from './asks.ts';
import { store, table, thisHarper } from './internals.ts';
import { QUESTIONS } from './questions.ts';

let isThere: boolean | undefined;

/** How long a write waits for the clock. */
const MAX_WAIT_MS = 2_000;
const LOG_PERIOD_MS = 60_000;

/** What to add to this thread's `performance.now()` for the time of the machine's clock that all threads share, in ms. */
const SINCE_BOOT = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * The largest lead of the clock over the monotonic clock so far, in ms, shared by all threads. NaN until it is known.
 */
let maxLead: Float64Array | undefined;
let loggedAt = -Infinity;

/**
 * Waits until the clock has passed the newest entry of the audit log, unless that takes longer than MAX_WAIT_MS. Call
 * it right before the commit, while the locks of the rows are held.
 * @returns true when the clock is too far behind: Harper will not publish the commit
 */
export function awaitClock(): boolean | Promise<boolean> {
	isThere ??= ask(thisHarper(), QUESTIONS.clock) === 'there';
	if (!isThere) return false;
	const now = Date.now();
	const monotonic = SINCE_BOOT + performance.now();
	const lead = now - monotonic;
	maxLead ??= sharedNumber();
	if (Number.isNaN(maxLead[0])) maxLead[0] = newestEntry() - monotonic;
	if (lead > maxLead[0]!) maxLead[0] = lead;
	if (maxLead[0]! - lead < 1) return false; // Date.now() has a resolution of 1 ms
	const behind = newestEntry() - now;
	if (behind < 0) return false;
	warn(behind);
	if (behind > MAX_WAIT_MS) return true;
	return new Promise<void>((done) => setTimeout(done, Math.ceil(behind) + 1)).then(awaitClock);
}

/** All threads get the same memory; the initial value of the first thread counts. */
function sharedNumber(): Float64Array {
	return new Float64Array(store('Sign').getUserSharedBuffer('farthest clock', new Float64Array([NaN]).buffer));
}

/** The time of the newest entry of the audit log, in ms since 1970. */
function newestEntry(): number {
	const { auditStore } = table('Sign');
	auditStore.resetReadTxn?.();
	const [newest] = auditStore.getKeys({ reverse: true, limit: 1, snapshot: false });
	return typeof newest === 'number' ? newest : 0;
}

function warn(behind: number): void {
	const now = performance.now();
	if (now - loggedAt < LOG_PERIOD_MS) return;
	loggedAt = now;
	logger.warn?.(
		`The clock is ${Math.ceil(behind)} ms behind the last commit: was it set back? Until it has caught up, durable ` +
			'sessions that are away and other nodes do not get what is written'
	);
}
