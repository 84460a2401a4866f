/** Starts programs of this project as a user does, each in its own process, and reads what they print. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { Feed } from './feed.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Starts a program; it ends with the test.
 * @param file relative to the project's folder
 * @param words its arguments
 * @param flags for Node
 * @returns its process, a promise of its exit code, and ways to wait for what it prints
 */
export function startProgram(
	file: string,
	words: string[] = [],
	environment: NodeJS.ProcessEnv = {},
	flags: string[] = []
) {
	return watch(process.execPath, [...flags, resolve(ROOT, file), ...words], environment);
}

/** Starts a program of others; it ends with the test. Parameters and result: see `startProgram`. */
export const startProgramOf = (command: string, words: string[]) => watch(command, words, {});

/** Starts a program in a terminal of 90 columns and 24 lines. A test presses keys by writing to the process' stdin. */
export function startInTerminal(file: string, words: string[] = [], environment: NodeJS.ProcessEnv = {}) {
	const command = [process.execPath, resolve(ROOT, file), ...words].map((word) => `'${word}'`).join(' ');
	return watch('script', ['-qec', `stty rows 24 cols 90; exec ${command}`, '/dev/null'], environment);
}

function watch(command: string, words: string[], environment: NodeJS.ProcessEnv) {
	const child = spawn(command, words, { env: { ...process.env, ...environment } });
	const exit = once(child, 'close').then(([code]) => code as number); // all that it has printed is read
	onTestFinished(async () => {
		if (child.exitCode === null && child.signalCode === null) {
			child.kill('SIGCONT');
			child.kill('SIGTERM');
		}
		await exit;
	});
	const { text, printed } = outputOf(child, `${words.at(-1)}'s output`);
	return {
		child,
		exit,
		/** Resolves with everything that it has printed, as soon as that contains these words. */
		until: (words: string, timeout = 60_000) =>
			text.until((all) => all.includes(words), timeout, JSON.stringify(words)),
		printed,
	};
}

/**
 * Collects what a process prints on both streams.
 * @param name for the text of a failure
 * @returns a feed that gets the whole output at each new part of it, and a function that returns the output so far
 */
export function outputOf({ stdout, stderr }: ChildProcessWithoutNullStreams, name: string) {
	const text = new Feed<string>(name);
	for (const stream of [stdout, stderr])
		stream.setEncoding('utf8').on('data', (part: string) => text.push(printed() + part));
	const printed = () => text.last ?? '';
	return { text, printed };
}

interface Ended {
	/** Its exit code; the name of an error when it could not be started. */
	code: number | string;
	stdout: string;
	stderr: string;
}

/**
 * Runs a command to its end. A failure is a result too, and throws nothing.
 * @param words its arguments
 */
export function runCommand(command: string, words: string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
	const env = { ...process.env, ...environment };
	return new Promise((done) =>
		execFile(command, words, { env }, (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }))
	);
}

/** Types a line into a shell, as a user does. @throws when it fails */
export async function runLine(line: string): Promise<string> {
	const { code, stdout, stderr } = await runCommand('sh', ['-c', line]);
	if (code !== 0) throw new Error(`${line} ended with ${code}: ${stderr}`);
	return stdout;
}
