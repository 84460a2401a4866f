/** The CPU and memory of a target, which is all processes of its parts, and the CPU of this process, the client. */
import type { Target } from './targets/target.ts';
import { cpuOfProcesses, memoryOfProcesses, withChildren } from '../processes.ts';

/** From this share of a core on, the client and not the server limits a work. */
const SATURATED = 0.9;

export interface Metered {
	seconds: number;
	/** Of the target, in ms. */
	cpu: number;
	/** Whether this process used a whole core, so that the figure is its own. */
	isClientSaturated: boolean;
}

/** Starts to measure. The returned function returns what was used since then. */
export function startMeter(target: Target): () => Metered {
	const before = cpuOfProcesses(processesOf(target));
	const own = process.cpuUsage();
	const start = performance.now();
	return () => {
		const ms = performance.now() - start;
		const { user, system } = process.cpuUsage(own);
		const cpu = cpuOfProcesses(processesOf(target)) - before;
		return { seconds: ms / 1000, cpu, isClientSaturated: (user + system) / 1000 / ms >= SATURATED };
	};
}

export const memoryOf = (target: Target) => memoryOfProcesses(processesOf(target));

export const processesOf = ({ parts }: Target) => withChildren(parts.map(({ pid }) => pid()));
