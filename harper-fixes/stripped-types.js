/**
 * Strips the types of this application once for all threads.
 *
 * Symptom: each of Harper's threads that loads a TypeScript file loads Node's type stripper, which takes about 13 MB and
 * stays (found with Node 24).
 * Test: test/unit/stripped-types.test.ts.
 * Check: none, because it is memory of Node, which the test measures without Harper.
 * Depends on: the main thread imports this file before it creates threads (through early-replication.js), and each thread
 * in entry.js, before it loads the application; `registerHooks` of Node (>= 22.15). Without one of them Node strips the types, as always.
 * Delete when Node's type stripper is small, or Harper's threads share it.
 */
import { readdirSync, statSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getEnvironmentData, isMainThread, setEnvironmentData, Worker } from 'node:worker_threads';

/** What the main thread passes to all others. */
const KEY = 'led-sign: sources without types';
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['api', 'harper-fixes', 'sign'];

const STRIP = `
	const { parentPort, workerData } = require('node:worker_threads');
	const { readFileSync } = require('node:fs');
	const { stripTypeScriptTypes } = require('node:module');
	parentPort.postMessage(new Map(workerData.map(([path, state]) =>
		[path, { state, source: stripTypeScriptTypes(readFileSync(path, 'utf8')) }])));
`;

/** @typedef {{ state: string, source: string }} Stripped */
/** @typedef {Map<string, Stripped>} Sources by path */

if (isMainThread) setEnvironmentData(KEY, await stripAll());
else loadStripped(/** @type {Sources | undefined} */ (getEnvironmentData(KEY)));

/** In a thread that ends: the memory of the type stripper is free then. @returns {Promise<Sources | undefined>} */
function stripAll() {
	const folders = SOURCES.map((folder) => join(ROOT, folder));
	const files = folders.flatMap((folder) =>
		readdirSync(folder, { recursive: true }).map((name) => join(folder, `${name}`))
	);
	const paths = [...files, join(ROOT, 'resources.ts')].filter((path) => path.endsWith('.ts'));
	const options = { eval: true, workerData: paths.map((path) => [path, stateOf(path)]), execArgv: ['--no-warnings'] };
	return new Promise((done) => {
		new Worker(STRIP, options).on('message', done).on('error', () => done(undefined)); // Node strips them, or reports why not
	});
}

/** @param {Sources | undefined} sources */
function loadStripped(sources) {
	if (!sources || !modules.registerHooks) return;
	modules.registerHooks({
		load(url, context, next) {
			const path = url.endsWith('.ts') && url.startsWith('file:') ? fileURLToPath(url) : '';
			const stripped = sources.get(path);
			if (stripped?.state !== (path && stateOf(path))) return next(url, context);
			return { format: 'module', source: stripped.source, shortCircuit: true };
		},
	});
}

/** Differs after each change of a file: a program can set mtime, but not ctime. @param {string} path */
function stateOf(path) {
	const { ctimeMs, size } = statSync(path);
	return `${ctimeMs} ${size}`;
}
