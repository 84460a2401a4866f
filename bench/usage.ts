/** The CPU, memory and disk that a process uses. It reads /proc, which only Linux has. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** The CPU time of each thread so far, in ms. */
type CpuTimes = Map<string, number>;

export interface CpuUsage {
	seconds: number;
	/** CPU time of all threads, in ms. */
	cpu: number;
	/** Share of one core that the busiest thread used. At 1 the thread is saturated, even if other cores are idle. */
	busiest: number;
}

/** Starts to measure a process. The returned function returns the usage since then. */
export function watchCpu(pid: number): () => CpuUsage {
	const before = cpuOf(pid);
	const start = performance.now();
	return () => {
		const seconds = (performance.now() - start) / 1000;
		const used = [...cpuOf(pid)].map(([thread, cpu]) => cpu - (before.get(thread) ?? 0));
		const cpu = used.reduce((sum, part) => sum + part, 0);
		return { seconds, cpu, busiest: Math.max(...used) / 1000 / seconds };
	};
}

function cpuOf(pid: number): CpuTimes {
	const tasks = `/proc/${pid}/task`;
	return new Map(readdirSync(tasks).map((thread) => [thread, runTime(pid, thread) / 1e6]));
}

/** How long a thread has run, in ns: exact, where `stat` counts ticks of 10 ms. */
export const runTime = (pid: number, thread: string) =>
	Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);

/**
 * The words after the name, which is in brackets and may contain spaces: state, parent, …; utime and stime are the 12th and
 * 13th, and those of ended child processes follow.
 * @param folder of a process or a thread in /proc
 */
export const statWords = (folder: string) =>
	readFileSync(join(folder, 'stat'), 'utf8')
		.replace(/^.*\) /s, '')
		.split(' ');

/** Starts to measure the machine. The returned function returns the CPU time of all processes since then. */
export function watchMachine(): () => Omit<CpuUsage, 'busiest'> {
	const before = machineCpu();
	const start = performance.now();
	return () => ({ seconds: (performance.now() - start) / 1000, cpu: machineCpu() - before });
}

const machineCpu = () => cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);

/** The anonymous memory of a process, in bytes: without mapped files such as the database. */
export function memoryOf(pid: number): number {
	const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^RssAnon:\s+(\d+) kB$/m) ?? [];
	if (!kilobytes) throw new Error(`/proc/${pid}/status has no RssAnon: this Linux is too old to measure on`);
	return Number(kilobytes) * 1024;
}

/** The size of a folder on disk, in bytes. It counts blocks, because a database file has holes. */
export function diskOf(folder: string): number {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0);
}
