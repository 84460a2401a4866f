/** Temporary folders, which are removed when this process exits at the latest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders to remove when this process exits. */
const folders = new Set<string>();
process.once('exit', () => {
	// the exit listeners of the servers have killed them, but files may still appear for a moment
	for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
	folders.add(folder);
	return folder;
}

/** Removes a server's folder. It retries, because an npm that Harper started may still run and write there. */
export async function removeFolder(folder: string): Promise<void> {
	await rm(folder, { recursive: true, force: true, maxRetries: 100, retryDelay: 100 });
	folders.delete(folder);
}
