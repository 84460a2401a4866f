/** For the tests of `npm run deploy`: a server to deploy to, the command as a user runs it, and copies of the project. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Harper, Options } from '../../launcher/harper.ts';
import { useServer } from './clients.ts';
import { runCommand } from './program.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

export const PROJECT = resolve(import.meta.dirname, '../..');

/** Names no server, even where the environment of the tests names one. */
const NOBODY = { CLI_TARGET: '', CLI_TARGET_USERNAME: '', CLI_TARGET_PASSWORD: '' };

export const accountOf = (harper: Harper) => ({
	CLI_TARGET: harper.operationsUrl!,
	CLI_TARGET_USERNAME: ADMIN.username,
	CLI_TARGET_PASSWORD: ADMIN.password,
});

/** An empty Harper in production defaults. It has its own HOME, and so its own settings of npm. */
export async function startBareHarper(changes: Partial<Options> = {}): Promise<TemporaryHarper> {
	const harper = await startTemporaryHarper({ ...changes, bare: true });
	letInstall(harper);
	return harper;
}

/** Gives the server's npm the settings of ours, which npm puts into the environment, or another `registry`. */
export function letInstall({ options }: { options: { folder: string } }, registry?: string): void {
	const { npm_config_registry: usual, npm_config_https_proxy: proxy, NODE_EXTRA_CA_CERTS } = process.env;
	const cafile = process.env.npm_config_cafile ?? NODE_EXTRA_CA_CERTS;
	const settings = { 'registry': registry ?? usual, cafile, 'https-proxy': proxy, 'fetch-retries': 1 };
	const lines = Object.entries(settings).filter(([, value]) => value !== undefined);
	writeFileSync(join(options.folder, '.npmrc'), lines.map(([key, value]) => `${key}=${value}\n`).join(''));
}

/** Runs a tool of the project to its end. */
export async function runTool(file: string, words: string[] = [], environment: NodeJS.ProcessEnv = {}) {
	const command = [resolve(PROJECT, file), ...words];
	const { code, stdout, stderr } = await runCommand(process.execPath, command, { ...NOBODY, ...environment });
	return { code, printed: stdout + stderr };
}

export const deploy = (environment: NodeJS.ProcessEnv, project = PROJECT) =>
	runTool(join(project, 'tools/deploy.js'), [], environment);

/** Starts a server and deploys the application to it. The clients of the test file use it. */
export async function startDeployed(): Promise<TemporaryHarper> {
	const harper = await startBareHarper();
	useServer(harper);
	const { code, printed } = await deploy(accountOf(harper));
	if (code === 0) return harper;
	await harper.remove();
	throw new Error(printed);
}

/**
 * Copies the project, without its data, for a test that changes it.
 * @returns the folder, and functions to write a file and to remove the copy
 */
export function copyProject() {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-copy-'));
	const filter = (file: string) => !['node_modules', '.git', 'data', '.env'].includes(basename(file));
	cpSync(PROJECT, folder, { recursive: true, filter });
	symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
	const write = (file: string, text: string) => {
		mkdirSync(join(folder, file, '..'), { recursive: true });
		writeFileSync(join(folder, file), text);
	};
	return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
