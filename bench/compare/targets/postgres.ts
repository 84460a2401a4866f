/** A PostgreSQL of its own: a new cluster in a temporary folder, with Debian's settings, reachable by a socket in the folder. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { postgresPrograms } from './installed.ts';

export const DATABASE_USER = 'signs';

interface Place {
	folder: string;
	user: { uid: number; gid: number } | undefined;
	/** Whether a commit waits for the disk, as it is installed. */
	syncs: boolean;
}

export async function startPostgres({ folder, user, syncs }: Place) {
	const { initdb, postgres } = postgresPrograms();
	const data = join(folder, 'postgres');
	const words = ['-D', data, '-U', DATABASE_USER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
	await promisify(execFile)(initdb, words, { ...user, cwd: folder });
	const settings = { listen_addresses: '', unix_socket_directories: folder, fsync: syncs ? 'on' : 'off' };
	return startChild({
		name: 'PostgreSQL',
		command: postgres,
		words: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
		user,
		endSignal: 'SIGINT', // does not wait until clients disconnect
		abortSignal: 'SIGQUIT',
		isReady: async (pid) => isReady(join(data, 'postmaster.pid'), pid),
	});
}

/** The file has the process id in its first line, and `ready` in its last one. A killed server leaves its own behind. */
function isReady(file: string, pid: number): boolean {
	const lines = readFileSync(file, 'utf8').trim().split('\n');
	return Number(lines[0]) === pid && lines.at(-1)!.trim() === 'ready';
}
