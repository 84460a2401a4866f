/** Keeps Harper's log after a test that failed. */
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let count = 0;

/** Copies the log out of the folder that the test removes, and prints its path. */
export async function keepLog({ url, logFile }: { url: string; logFile: string }): Promise<void> {
	const kept = join(tmpdir(), `led-sign-log-${process.pid}-${++count}.log`);
	const problem = await copyFile(logFile, kept).catch((error: Error) => error);
	console.error(`The log of ${url}: ${problem ? problem.message : kept}`);
}
