/**
 * Delays commits while the disk is full or read-only, and ignores failed log writes.
 *
 * Symptom: when a commit cannot be written, lmdb-js formats the error into a buffer that is too short for it, and the
 * whole process aborts (SIGABRT), and again soon after a restart. After a commit that fails in another way Harper keeps
 * an error (`Outstanding write transactions have too long of queue`) with which a thread refuses every write from 45 s
 * later on. A log file that cannot be written throws an error at the caller of the log, which ends threads. The
 * application refuses writes while there is still some space (api/space.ts). Harper's own writes continue: sessions,
 * last wills, users, analytics, the deletion of old entries of the audit log.
 * Test: test/faults/disk.test.ts.
 * Check: none, because only some failed commits abort the process: the same writes did in one of two runs.
 * Depends on: the methods `startWriting` (starts to write the waiting commits) and `beginTxn` of an lmdb-js
 * environment; `appendFileSync` of `fs-extra`, which Harper's log uses.
 * Delete when lmdb-js survives a full disk.
 *
 * Each thread loads this file, the main thread too: plain JavaScript that imports nothing of Harper.
 */
import { accessSync, constants, realpathSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Space for commits that are being written, and for usage that statfs reports late. */
export const RESERVE_BYTES = 16 * 2 ** 20;

/** The highest rate at which a disk can fill up. */
const MAX_BYTES_PER_MS = 2 ** 20;

/** How long a measured free space is used at most, and how often new databases are looked for. */
const CHECK_PERIOD_MS = 1_000;
/** How often a delayed commit is tried again. */
const RETRY_PERIOD_MS = 250;

/** By path of a database: the free space of its disk, and when it was measured (`performance.now()`). */
const measured = new Map();

/**
 * The free space of a database's disk, in bytes; 0 when it is read-only.
 * @param {string} path
 * @param {number} min what the caller needs, in bytes: near it the disk is checked more often
 */
export function freeSpace(path, min = RESERVE_BYTES) {
	const now = performance.now();
	const last = measured.get(path);
	if (last && now < last.time + Math.min(CHECK_PERIOD_MS, Math.max(1, (last.free - min) / MAX_BYTES_PER_MS)))
		return last.free;
	const free = measure(path);
	measured.set(path, { free, time: now });
	return free;
}

/** @param {string} path */
function measure(path) {
	try {
		accessSync(path, constants.W_OK);
		const { bavail, bsize } = statfsSync(path);
		return bavail * bsize;
	} catch {
		return 0;
	}
}

/** Databases that `delayCommitsOf` has changed. */
const changed = new WeakSet();

/** Delays the commits of all databases that this thread has open. Harper's own database `system` is not in the list. */
function delayCommits() {
	const { databases = {} } = /** @type {any} */ (globalThis);
	for (const tables of [...Object.values(databases), databases.system ?? {}])
		for (const { primaryStore } of Object.values(tables)) {
			const env = primaryStore?.env;
			if (!env?.startWriting || changed.has(env)) continue;
			changed.add(env);
			delayCommitsOf(env);
		}
}

/** @param {{ path: string, writeTxn: unknown, startWriting: Function, beginTxn: Function }} env */
function delayCommitsOf(env) {
	const { path } = env;
	const startWriting = env.startWriting.bind(env);
	const beginTxn = env.beginTxn.bind(env);
	/** @type {(...args: unknown[]) => void} */
	const start = (...args) => {
		if (freeSpace(path) > RESERVE_BYTES) startWriting(...args);
		else setTimeout(start, RETRY_PERIOD_MS, ...args).unref(); // later writes join the delayed commit
	};
	const begin = (/** @type {number} */ flags) => {
		if (!env.writeTxn && freeSpace(path) <= RESERVE_BYTES) throw new Error(`No space is left for ${path}`);
		return beginTxn(flags);
	};
	// the properties are not writable, but can be redefined
	Object.defineProperty(env, 'startWriting', { value: start });
	Object.defineProperty(env, 'beginTxn', { value: begin });
}

/** The error codes of a write to a disk that is full or read-only. */
const NOT_WRITTEN = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Harper's log writes its file with `fs-extra`. */
function ignoreFailedLogWrites() {
	const harper = realpathSync(process.argv[1] ?? '.');
	const files = createRequire(harper)('fs-extra');
	const { appendFileSync } = files;
	files.appendFileSync = (/** @type {unknown[]} */ ...args) => {
		try {
			return appendFileSync(...args);
		} catch (error) {
			if (!NOT_WRITTEN.has(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
		}
	};
}

ignoreFailedLogWrites();
delayCommits();
setInterval(delayCommits, CHECK_PERIOD_MS).unref(); // the main thread opens its databases later
