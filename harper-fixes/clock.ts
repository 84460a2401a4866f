/**
 * A clock that was set back. Harper keeps commits in its audit log by the clock, and publishes what is later there than the last
 * one that it has published: a commit after the clock was set back is acknowledged and published to nobody, until the clock has
 * passed the newest entry of the log.
 *
 * The test that fails without it: test/faults/clock.test.ts. Asks Harper for the keys of the audit log. Can be deleted when
 * Harper gives a commit a later key than all before it.
 */
import { store, table } from './internals.ts';

/** In ms. A write waits so long for the clock, at most. */
const LONGEST_WAIT = 2_000;
/** In ms. */
const LOG_INTERVAL = 60_000;

/** How far the clock was ahead of the monotonic one, at most, in ms; shared by all threads. NaN until it is known. */
let farthest: Float64Array | undefined;
let logged = -Infinity;

/**
 * Waits until the clock has passed the newest entry of the audit log, if that takes seconds at most. To be called while the
 * turn to write is held, right before the commit.
 * @returns whether the commit will not be published by Harper: the clock is too far behind
 */
export async function awaitClock(): Promise<boolean> {
	const now = Date.now();
	const monotonic = Number(process.hrtime.bigint()) / 1e6;
	const ahead = now - monotonic;
	farthest ??= sharedNumber();
	if (Number.isNaN(farthest[0])) farthest[0] = newestEntry() - monotonic;
	if (ahead > farthest[0]!) farthest[0] = ahead;
	if (farthest[0]! - ahead < 1) return false; // as precise as the clock is read
	const behind = newestEntry() - now;
	if (behind < 0) return false;
	warn(behind);
	if (behind > LONGEST_WAIT) return true;
	await new Promise((done) => setTimeout(done, Math.ceil(behind) + 1));
	return awaitClock();
}

/** The store gives each thread the same memory for a name; the first one's initial value stays. */
function sharedNumber(): Float64Array {
	return new Float64Array(store('Sign').getUserSharedBuffer('farthest clock', new Float64Array([NaN]).buffer));
}

/** In ms since 1970. */
function newestEntry(): number {
	const { auditStore } = table('Sign');
	auditStore.resetReadTxn();
	const [newest] = auditStore.getKeys({ reverse: true, limit: 1, snapshot: false });
	return typeof newest === 'number' ? newest : 0;
}

function warn(behind: number): void {
	const now = performance.now();
	if (now - logged < LOG_INTERVAL) return;
	logged = now;
	logger.warn?.(
		`The clock is ${Math.ceil(behind)} ms behind the last commit: was it set back? Until it has caught up, durable ` +
			'sessions that are away and other nodes do not get what is written'
	);
}
