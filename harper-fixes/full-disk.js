/**
 * Holds commits back while the disk is full or read-only, and lets the log fail in silence.
 *
 * Symptom: when a commit cannot be written, lmdb-js formats the error into a buffer that is too short for it, and the whole
 * process is aborted (SIGABRT); the server is gone, and again soon after its restart. A commit that fails in another way
 * leaves a mark in Harper (`Outstanding write transactions have too long of queue`), by which a thread refuses every write
 * from 45 s later on. A log file that cannot be written to throws where something is logged, and so ends threads.
 * The application refuses writes while there is still some space (api/space.ts); Harper's own go on: sessions, last wills, users,
 * analytics, the end of old entries of the audit log.
 * Test: test/faults/disk.test.ts. Asks lmdb-js for its environment's `startWriting`, which begins to write the commits that
 * wait, and `beginTxn`; and Harper for the log's `appendFileSync`. To be loaded by each thread, the main one too: plain
 * JavaScript that imports nothing of Harper. Delete when lmdb-js survives a full disk.
 */
import { accessSync, constants, realpathSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** In bytes. What commits that are under way may take, and what statfs tells too late. */
export const RESERVE_BYTES = 16 * 2 ** 20;

/** In bytes per ms: nobody fills a disk faster. */
const FASTEST = 2 ** 20;

/** In ms. How long a look at the disk counts at most; and how often it is looked at while commits are held back. */
const LOOK = 1_000;
const AGAIN = 250;

/** By path of a database: what was seen of its disk, and until when it counts (in ms of `performance.now()`). */
const seen = new Map();

/**
 * The free space of a database's disk, in bytes; 0 when it is read-only.
 * @param {string} path
 * @param {number} least what the caller needs: the closer to it, the sooner it is looked at again
 */
export function freeSpace(path, least = RESERVE_BYTES) {
	const now = performance.now();
	const last = seen.get(path);
	if (last && now < last.time + Math.min(LOOK, Math.max(1, (last.free - least) / FASTEST))) return last.free;
	const free = lookAt(path);
	seen.set(path, { free, time: now });
	return free;
}

/** @param {string} path */
function lookAt(path) {
	try {
		accessSync(path, constants.W_OK);
		const { bavail, bsize } = statfsSync(path);
		return bavail * bsize;
	} catch {
		return 0;
	}
}

/** Databases whose commits are held back already. */
const held = new WeakSet();

/** Holds back the commits of the databases that this thread has opened by now. Harper lists all but its own. */
function holdCommits() {
	const { databases = {} } = /** @type {any} */ (globalThis);
	for (const tables of [...Object.values(databases), databases.system ?? {}])
		for (const { primaryStore } of Object.values(tables)) {
			const env = primaryStore?.env;
			if (!env?.startWriting || held.has(env)) continue;
			held.add(env);
			holdCommitsOf(env);
		}
}

/** @param {{ path: string, writeTxn: unknown, startWriting: Function, beginTxn: Function }} env */
function holdCommitsOf(env) {
	const { path } = env;
	const startWriting = env.startWriting.bind(env);
	const beginTxn = env.beginTxn.bind(env);
	/** @type {(...args: unknown[]) => void} */
	const start = (...args) => {
		if (freeSpace(path) > RESERVE_BYTES) startWriting(...args);
		else setTimeout(start, AGAIN, ...args).unref(); // whatever else is written meanwhile is appended to it
	};
	const begin = (/** @type {number} */ flags) => {
		if (!env.writeTxn && freeSpace(path) <= RESERVE_BYTES) throw new Error(`No space is left for ${path}`);
		return beginTxn(flags);
	};
	// they are not writable, and can be defined anew
	Object.defineProperty(env, 'startWriting', { value: start });
	Object.defineProperty(env, 'beginTxn', { value: begin });
}

/** What a write fails with on a disk that is full or read-only. */
const NOT_WRITTEN = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Harper's log, by the module that it writes its file with. */
function letLogFail() {
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

letLogFail();
holdCommits();
setInterval(holdCommits, LOOK).unref(); // the main thread opens them later
