/**
 * Which Harper is started: that of this project's node_modules, or the one that the environment variable HARPER names.
 * `npm start`, `npm run cluster`, `npm run deploy`, the tests and the benchmark all ask here.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

const OWN = resolve(import.meta.dirname, '../node_modules/harperdb/bin/harperdb.js');

/** Whether HARPER names another Harper than that of this project's node_modules. */
export const isOtherHarper = () => harperEntry() !== OWN;

/**
 * The path of Harper's program, a JavaScript file.
 * @throws when HARPER is set, and not to the path of a file
 */
export function harperEntry(): string {
	const { HARPER } = process.env;
	if (!HARPER) return OWN;
	const path = resolve(HARPER);
	if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
	throw new Error(
		`HARPER must be the path of Harper's program, like node_modules/harperdb/bin/harperdb.js, got "${HARPER}": ${path} is no file`
	);
}
