/**
 * Copies the files that a server needs into a temporary folder. Harper's command line packs the whole folder in which it
 * runs; in the project's folder it would pack the tests, the documents, the data and `.env` too.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

/** The files to deploy. No pattern matches a name that begins with a dot. */
const DEPLOYED = [
	'*.ts',
	'*.js',
	'config.yaml',
	'schema.graphql',
	'roles.yaml',
	'api/*',
	'sign/*',
	'harper-fixes/**',
	'web/**',
	'LICENSE',
];
const EXCLUDED = ['*.d.ts', '*.config.ts'];

/** The keys of package.json to deploy. */
const PACKAGE_KEYS = ['name', 'version', 'description', 'license', 'private', 'type', 'dependencies'];

/**
 * @returns the temporary folder, the name and version of the application in it, and a function that removes the folder
 */
export function stage() {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-deploy-'));
	const found = globSync(DEPLOYED, { cwd: PROJECT, exclude: EXCLUDED });
	const isFile = (file: string) => statSync(join(PROJECT, file)).isFile();
	for (const file of found.filter(isFile)) cpSync(join(PROJECT, file), join(folder, file));
	const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
	const deployed = Object.fromEntries(PACKAGE_KEYS.map((key) => [key, manifest[key]]));
	writeFileSync(join(folder, 'package.json'), `${JSON.stringify(deployed, null, '\t')}\n`);
	return {
		folder,
		application: `${manifest.name} ${manifest.version}`,
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}
