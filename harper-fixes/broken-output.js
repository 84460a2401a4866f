/**
 * Ignores a broken pipe behind standard output and standard error.
 *
 * Symptom: when the program that reads Harper's output has ended (a launcher that was killed, `harperdb run | head`),
 * the next line throws EPIPE. Harper reports that error on the same output, which throws again, without end: one core
 * is busy, and the log file grows by megabytes a second.
 * Test: test/faults/output.test.ts.
 * Depends on: nothing of Harper; a stream of Node throws an `error` event only when nothing listens to it.
 * Delete when Harper listens to the errors of its output.
 *
 * The main thread loads this file, which writes the output of all threads. Plain JavaScript that imports nothing of
 * Harper.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) for (const output of [process.stdout, process.stderr]) output.on('error', ignoreBrokenPipe);

/**
 * The lines are in the log file as well.
 * @param {NodeJS.ErrnoException} error
 */
function ignoreBrokenPipe(error) {
	if (error.code !== 'EPIPE') throw error;
}
