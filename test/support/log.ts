/** Harper's log, for a test that failed: a file that stays, and whose path is printed. */
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let count = 0;

/** Copies the log out of the folder that is removed after the test, and prints where it is. */
export async function keepLog({ url, logFile }: { url: string; logFile: string }): Promise<void> {
	const kept = join(tmpdir(), `led-sign-log-${process.pid}-${++count}.log`);
	const problem = await copyFile(logFile, kept).catch((error: Error) => error);
	console.error(`The log of ${url}: ${problem ? problem.message : kept}`);
}
