/** The CPU and memory of several processes together, with all that they have started. */
import { readdirSync, readFileSync } from 'node:fs';
import { runTime, statWords } from './usage.ts';

/** In ms: the unit of CPU times in /proc/<pid>/stat, on every Linux that Node runs on. */
const TICK = 10;

/** These processes, and all that they have started. */
export function withChildren(pids: number[]): number[] {
	const parentOf = new Map<number, number>();
	for (const name of readdirSync('/proc'))
		if (/^\d+$/.test(name)) parentOf.set(Number(name), unlessEnded(() => Number(statWords(`/proc/${name}`)[1])) ?? 0);
	const found = new Set(pids);
	for (let size = 0; size < found.size;) {
		size = found.size;
		for (const [pid, parent] of parentOf) if (found.has(parent)) found.add(pid);
	}
	return [...found];
}

/**
 * CPU time of processes and of the child processes that they have waited for, in ms. Of the threads that run it is exact,
 * where `stat` counts ticks of 10 ms: the load of a second of a cheap server is a few of them.
 */
export const cpuOfProcesses = (pids: number[]) => sum(pids.map((pid) => unlessEnded(() => cpuOf(pid)) ?? 0));

function cpuOf(pid: number): number {
	const threads = readdirSync(`/proc/${pid}/task`).map((thread) => unlessEnded(() => runTime(pid, thread)) ?? 0);
	const children = sum(statWords(`/proc/${pid}`).slice(13, 15).map(Number)) * TICK;
	return sum(threads) / 1e6 + children;
}

/** The memory of processes in bytes: each shared page counts once; mapped files such as a database do not. */
export const memoryOfProcesses = (pids: number[]) => sum(pids.map((pid) => unlessEnded(() => shareOf(pid)) ?? 0));

function shareOf(pid: number): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	return sum([...text.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, kilobytes]) => Number(kilobytes) * 1024));
}

/**
 * Starts to watch the threads of a Node.js process that run JavaScript. The returned function returns the id of the one that
 * used most CPU since then.
 */
export function watchThreads(pid: number): () => string {
	const before = threadTimes(pid);
	return () => {
		const used = [...threadTimes(pid)].map(([thread, time]) => ({ thread, time: time - (before.get(thread) ?? 0) }));
		return used.toSorted((one, other) => other.time - one.time)[0]!.thread;
	};
}

/** The names of the threads of V8 and libuv, which compile, collect garbage, and read files. */
const HELPERS = /^(V8Worker|v8:|libuv|DelayedTask|SignalInsp)/;

/** In ns. */
function threadTimes(pid: number): Map<string, number> {
	const times = new Map<string, number>();
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		const name = () => readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8');
		const time = unlessEnded(() => (HELPERS.test(name()) ? NaN : runTime(pid, thread)));
		if (time) times.set(thread, time);
	}
	return times;
}

/** A process may end while it is looked at. */
function unlessEnded(read: () => number): number | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
