/**
 * A node that ends, or is killed, requests from other nodes again what it has not stored.
 *
 * Symptom: Harper records how far it has received the writes of another node before it has stored all of them, and never
 * requests those again that it had not stored when it ended. Cases:
 * 1. It waits for the commit of no transaction, or only for the last one. Several commit at the same time, and one whose row
 *    has changed in between commits later than those after it. Cure: it waits for all that came before, too.
 * 2. A node that passes over writes of third nodes reports how far it is, and counts a write that it still has in hand. Cure:
 *    the end of the next write counts instead, or the report when it is old.
 * When a transaction cannot be stored, the progress stays before it until the next connection, which requests it again.
 *
 * Test: test/faults/restart.test.ts, for a node that waits for no commit. For the rest none: in about 140 ends of a node under
 * writes a transaction was lost twice.
 * Check: none, because only one of about six kills falls between the record and the commit, under a load of minutes.
 * Depends on: the queue that passes the writes of other nodes to a thread. The end of a message of writes has an `onCommit`:
 * Harper awaits the commit and then what it returns, and records the end's `localTime`. A report has none. Each connection has
 * an array `remoteNodeIds` of its own.
 * Delete when Harper records the progress after the commits.
 */
import { onReplicatedWrite, type ReplicatedWrite } from './internals.ts';

/** In ms: no node has a write in hand for so long. */
const REPORT_AGE = 60_000;

/** So many ends may wait for earlier ones. Of more some are not recorded, and more is requested than necessary. */
const MAX_WAITING = 1000;

/** Call it once for each thread that has the tables. */
export function recordProgressAfterCommit(): void {
	const connections = new WeakMap<object, Progress>();
	onReplicatedWrite((write) => {
		if (write.type !== 'end_txn' || !write.remoteNodeIds) return;
		const progress = connections.get(write.remoteNodeIds) ?? new Progress();
		connections.set(write.remoteNodeIds, progress);
		if (write.onCommit) progress.onEnd(write, write.onCommit);
		else progress.onReport(write);
	});
}

/** How far the writes of one connection are stored. */
class Progress {
	#count = 0;
	/** The numbers of transactions. The lowest is the first. */
	readonly #unstored = new Set<number>();
	#waiting: { number: number; done: () => void }[] = [];
	/** A report, and when it came, in ms of `performance.now()`. */
	#report: { localTime?: number; at: number } | undefined;

	onEnd(end: ReplicatedWrite, onCommit: () => unknown): void {
		const number = ++this.#count;
		this.#unstored.add(number);
		end.onCommit = async () => {
			this.#unstored.delete(number);
			const earlier = this.#stored(number);
			await onCommit();
			await earlier;
		};
	}

	onReport(report: ReplicatedWrite): void {
		const { localTime } = report;
		const now = performance.now();
		const earlier = this.#report;
		report.localTime = undefined;
		if (earlier && now - earlier.at <= REPORT_AGE) return;
		this.#report = { localTime, at: now };
		if (!earlier) return;
		report.localTime = earlier.localTime;
		const number = this.#count;
		report.onCommit = () => this.#stored(number);
	}

	/** Resolves when all transactions up to this one are stored. */
	#stored(number: number): Promise<void> {
		return new Promise((done) => {
			if (this.#waiting.length === MAX_WAITING) this.#waiting.pop();
			this.#waiting.push({ number, done });
			const [first = Infinity] = this.#unstored;
			this.#waiting = this.#waiting.filter((waiting) => waiting.number >= first || waiting.done());
		});
	}
}
