/**
 * What a server needs of this project, in a folder of its own: Harper's command line packs the whole folder that it is
 * run in, and would take the tests, the documents, the data and `.env` along. May write to a temporary folder only.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

/** The files that run on the server; nothing else is deployed. A pattern takes no name that begins with a dot. */
const RUNS = [
	'*.ts',
	'*.js',
	'config.yaml',
	'schema.graphql',
	'roles.yaml',
	'api/*',
	'harper-fixes/*',
	'harper-fixes/mqtt/*',
	'web/*',
	'LICENSE',
];
const RUNS_NOT = ['*.d.ts', '*.config.ts'];

/** What of package.json is read there. */
const READ = ['name', 'version', 'description', 'license', 'private', 'type', 'dependencies'];

/**
 * Copies what runs to a temporary folder.
 * @returns the folder, which application it holds, and how to remove it
 */
export function stage() {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-deploy-'));
	const found = globSync(RUNS, { cwd: PROJECT, exclude: RUNS_NOT });
	const isFile = (file: string) => statSync(join(PROJECT, file)).isFile();
	for (const file of found.filter(isFile)) cpSync(join(PROJECT, file), join(folder, file));
	const all = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
	const read = Object.fromEntries(READ.map((key) => [key, all[key]]));
	writeFileSync(join(folder, 'package.json'), `${JSON.stringify(read, null, '\t')}\n`);
	return {
		folder,
		application: `${all.name} ${all.version}`,
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}
