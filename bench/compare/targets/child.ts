/** A server as a child process. It ends with this process at the latest. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statWords } from '../../usage.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** In ms. */
const START_TIMEOUT = 30_000;
const END_TIMEOUT = 10_000;
const RESTART_DELAY = 500;
const POLL_INTERVAL = 20;

export interface ChildOptions {
	name: string;
	command: string;
	words: string[];
	env?: NodeJS.ProcessEnv;
	/** User and group that it runs as, when this process is root. */
	user?: { uid: number; gid: number } | undefined;
	/** Ends it in order. */
	endSignal?: NodeJS.Signals;
	/** Ends it at once, together with its own child processes. */
	abortSignal?: NodeJS.Signals;
	/** Resolves to whether it answers. @param pid its process id */
	isReady(pid: number): Promise<boolean>;
}

export type Child = Awaited<ReturnType<typeof startChild>>;

/** @throws when it ends or does not answer within 30 s; the message has its last output */
export async function startChild(options: ChildOptions) {
	const { name, command, words, env = {}, user, endSignal = 'SIGTERM', abortSignal = 'SIGKILL', isReady } = options;
	const start = async () => {
		const child = spawn(command, words, {
			...user,
			env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, LC_ALL: 'C.UTF-8', ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true, // Ctrl-C signals the whole foreground group, but only this process ends it
		});
		const abort = () => {
			child.kill(abortSignal);
			waitUntilEnded(child.pid!);
		};
		process.prependOnceListener('exit', abort); // before the listeners that remove its folder
		child.once('exit', () => process.off('exit', abort));
		await untilReady(child, name, isReady);
		return child;
	};
	let child = await start();
	return {
		pid: () => child.pid!,
		stop: () => end(child, endSignal),
		async killAndStart() {
			await end(child, 'SIGKILL');
			// as a supervisor does: the child processes of a killed PostgreSQL may still be there
			child = await start().catch(() => sleep(RESTART_DELAY).then(start));
		},
	};
}

/** For the exit of this process, which cannot await: the folder of a server is removed when the server writes no more. */
function waitUntilEnded(pid: number): void {
	const cell = new Int32Array(new SharedArrayBuffer(4));
	const isRunning = () => {
		try {
			return statWords(`/proc/${pid}`)[0] !== 'Z';
		} catch {
			return false;
		}
	};
	for (const end = performance.now() + END_TIMEOUT; isRunning() && performance.now() < end;)
		Atomics.wait(cell, 0, 0, POLL_INTERVAL);
}

async function untilReady(child: ChildProcess, name: string, isReady: ChildOptions['isReady']): Promise<void> {
	let output = '';
	let failure: string | undefined;
	for (const stream of [child.stdout, child.stderr])
		stream!.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-5_000)));
	child.once('error', ({ message }) => (failure = message));
	child.once('exit', (code, signal) => (failure ??= `it ended with ${code ?? signal}`));
	const end = performance.now() + START_TIMEOUT;
	while (!child.pid || !(await isReady(child.pid).catch(() => false))) {
		if (performance.now() > end) failure ??= `it did not answer within ${START_TIMEOUT / 1000} s`;
		if (failure) {
			child.kill('SIGKILL');
			throw new Error(`${name} did not start: ${failure}. Its last output:\n${output}`);
		}
		await sleep(POLL_INTERVAL);
	}
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, 'exit');
	child.kill(signal);
	const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT);
	await exited;
	clearTimeout(timer);
}
