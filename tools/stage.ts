/**
 * What a server needs of this project, in a folder of its own: Harper's command line packs the whole folder that it is
 * run in, and would take the tests, the documents, the data and `.env` along. May write to a temporary folder only.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

/** What runs on the server. Nothing else is deployed; a pattern never means a file whose name begins with a dot. */
const RUNS = ['*.ts', '*.js', 'config.yaml', 'schema.graphql', 'roles.yaml', 'web/*', 'LICENSE'];
const RUNS_NOT = ['*.d.ts', '*.config.ts'];

/** What of package.json is read there. */
const READ = ['name', 'version', 'description', 'license', 'private', 'type', 'dependencies'];

/**
 * @returns the folder, its files, and how to remove it
 */
export function stage() {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-deploy-'));
	const files = globSync(RUNS, { cwd: PROJECT, exclude: RUNS_NOT });
	for (const file of files) cpSync(join(PROJECT, file), join(folder, file));
	const { name, version, ...all } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
	const read = Object.fromEntries(Object.entries({ name, version, ...all }).filter(([key]) => READ.includes(key)));
	writeFileSync(join(folder, 'package.json'), `${JSON.stringify(read, null, '\t')}\n`);
	return {
		folder,
		files: [...files, 'package.json'],
		version: `${name} ${version}`,
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}
