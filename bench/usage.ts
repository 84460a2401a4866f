/**
 * What a process uses: CPU of the whole and of its busiest thread, memory, disk. Reads /proc, and so runs on Linux only.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** In ms: the unit of /proc/<pid>/stat is 1/100 s on every Linux that Node runs on. */
const TICK = 10;

/** CPU time so far, in ms, of each thread. */
type Cpu = Map<string, number>;

export interface Spent {
	seconds: number;
	/** CPU time of all threads, in ms. */
	cpu: number;
	/** Share of one core that the busiest thread had: at 1 it can do no more, whatever the other cores do. */
	busiest: number;
}

/** Starts to look at a process. Call what it returns to learn what was spent since. */
export function watchCpu(pid: number): () => Spent {
	const before = cpuOf(pid);
	const start = performance.now();
	return () => {
		const seconds = (performance.now() - start) / 1000;
		const spent = [...cpuOf(pid)].map(([thread, cpu]) => cpu - (before.get(thread) ?? 0));
		const cpu = spent.reduce((sum, part) => sum + part, 0);
		return { seconds, cpu, busiest: Math.max(...spent) / 1000 / seconds };
	};
}

function cpuOf(pid: number): Cpu {
	const tasks = `/proc/${pid}/task`;
	return new Map(
		readdirSync(tasks).map((thread) => {
			// the name, in brackets, may hold blanks; utime and stime are the 12th and 13th word after it
			const words = readFileSync(join(tasks, thread, 'stat'), 'utf8')
				.replace(/^.*\) /s, '')
				.split(' ');
			return [thread, (Number(words[11]) + Number(words[12])) * TICK];
		})
	);
}

/** Starts to look at the whole machine; what it returns tells the CPU time that all processes had since, in ms. */
export function watchMachine(): () => Omit<Spent, 'busiest'> {
	const before = machineCpu();
	const start = performance.now();
	return () => ({ seconds: (performance.now() - start) / 1000, cpu: machineCpu() - before });
}

const machineCpu = () => cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);

/** Memory of its own, in bytes: without what it maps of files, the database above all. */
export function memoryOf(pid: number): number {
	const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^RssAnon:\s+(\d+) kB$/m) ?? [];
	if (!kilobytes) throw new Error(`/proc/${pid}/status has no RssAnon: this Linux is too old to measure on`);
	return Number(kilobytes) * 1024;
}

/** What a folder takes of the disk, in bytes: blocks, not lengths, since a database has holes. */
export function diskOf(folder: string): number {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0);
}
