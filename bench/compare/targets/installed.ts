/** Finds the servers of Debian that the stitched stack and the floor need, and the user that they run as. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotInstalled } from './target.ts';

const POSTGRES = '/usr/lib/postgresql';

/** @throws NotInstalled */
export const mosquittoProgram = () => programIn([...pathFolders(), '/usr/sbin'], 'mosquitto');

/** The newest PostgreSQL, whose programs Debian does not put into PATH. @throws NotInstalled */
export function postgresPrograms(): { initdb: string; postgres: string } {
	const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES).toSorted((a, b) => Number(b) - Number(a)) : [];
	const folders = [...versions.map((version) => join(POSTGRES, version, 'bin')), ...pathFolders()];
	return { initdb: programIn(folders, 'initdb'), postgres: programIn(folders, 'postgres') };
}

const pathFolders = () => (process.env.PATH ?? '').split(':').filter(Boolean);

function programIn(folders: string[], name: string): string {
	const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
	if (!found) throw new NotInstalled('apt install mosquitto postgresql');
	return found;
}

/** PostgreSQL refuses to run as root. @returns undefined when this process is not root */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
	if (process.getuid!() !== 0) return undefined;
	const users = readFileSync('/etc/passwd', 'utf8');
	const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
	if (!uid) throw new Error('run it as a user other than root: PostgreSQL refuses root, and there is no user nobody');
	return { uid: Number(uid), gid: Number(gid) };
}
