/**
 * A copy of an application, with the packages that it needs, for another Harper than that of this project: a Harper replaces
 * `node_modules/harperdb` in the folder of an application that it runs by a link to itself.
 */
import { cpSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const LEFT_OUT = ['node_modules', '.git', 'data', '.env'];

/** @returns the folder of the copy, which is removed when this process exits */
export function privateCopy(application: string): string {
	const folder = temporaryFolder();
	const isNeeded = (path: string) => path === application || !LEFT_OUT.includes(basename(path));
	cpSync(application, folder, { recursive: true, filter: isNeeded });
	for (const path of dependencies()) cpSync(join(PROJECT, path), join(folder, path), { recursive: true });
	return folder;
}

/** The folders of the packages that run on a server, from package-lock.json. */
function dependencies(): string[] {
	type Lock = { packages: Record<string, { dev?: boolean }> };
	const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as Lock;
	return Object.keys(packages).filter((path) => path && !packages[path]!.dev);
}
