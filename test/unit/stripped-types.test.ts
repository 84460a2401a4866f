/** In Node's own threads, as Harper has them: the main thread strips the types, the others load what it has stripped. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
/** In MB: Node's type stripper takes more. */
const STRIPPER = 4;

/** @returns the memory outside of the heap that a thread takes to load sign/fields.ts, in MB, and the names it exports */
async function loadInThread(isStripped: boolean, change = '') {
	const cure = `${ROOT}/harper-fixes/stripped-types.js`;
	const thread = `
		import { parentPort } from 'node:worker_threads';
		${isStripped ? `await import('${cure}');` : ''}
		const before = process.memoryUsage().external;
		const names = Object.keys(await import('${ROOT}/sign/fields.ts'));
		parentPort.postMessage({ names, memory: (process.memoryUsage().external - before) / 2 ** 20 });`;
	const main = `
		import { Worker } from 'node:worker_threads';
		import { chmodSync } from 'node:fs';
		await import('${cure}');
		${change}
		new Worker(${JSON.stringify(thread)}, { eval: true }).on('message', (result) => console.log(JSON.stringify(result)));`;
	const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', main]);
	return JSON.parse(stdout) as { names: string[]; memory: number };
}

test('a thread loads the application without a type stripper of its own', async () => {
	const [own, shared] = await Promise.all([loadInThread(false), loadInThread(true)]);
	expect(shared.names).toEqual(own.names);
	expect(own.memory).toBeGreaterThan(STRIPPER);
	expect(shared.memory).toBeLessThan(STRIPPER / 4);
});

test('a file that was changed since is read again', async () => {
	const file = `${ROOT}/sign/fields.ts`;
	const { mode } = statSync(file);
	const { memory } = await loadInThread(true, `chmodSync('${file}', ${mode & 0o7777});`);
	expect(memory).toBeGreaterThan(STRIPPER);
});
