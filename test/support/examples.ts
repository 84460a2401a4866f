/** The programs of examples/, by the table of examples/README.md: each is started by the command that stands there. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { Harper, Options } from '../../launcher/harper.ts';
import type { Account } from '../../launcher/operations-api.ts';
import { freePorts } from '../../launcher/ports.ts';
import { startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { makeCertificate } from './certificate.ts';
import { hasProgram, hasPythonModule, open, PYTHON } from './real/programs.ts';

export const FOLDER = resolve(import.meta.dirname, '../../examples');
const README = readFileSync(resolve(FOLDER, 'README.md'), 'utf8');

export interface Example {
	file: string;
	command: string;
	/** What the README says that it prints. */
	prints: string;
	/** Whether what it needs is installed. With CI=1 all of it must be. */
	isThere: boolean;
}

const hasAll = (file: string, needs: string) =>
	needs.split(', ').every((name) => {
		if (process.env.CI || !name || file.startsWith('node/')) return true;
		return file.startsWith('python/') ? hasPythonModule(name) : hasProgram(name);
	});

export const EXAMPLES: Example[] = [
	...README.matchAll(/^\| \[(\w+\/[\w.-]+)\]\(\1\) \| [\w -]+ \| ([\w, .]*) ?\| `(.+)` \| `(.+)` \|$/gm),
].map(([, file, needs, command, prints]) => ({
	file: file!,
	command: command!,
	prints: prints!,
	isThere: hasAll(file!, needs!.trim()),
}));

const thatDo = (what: string) => EXAMPLES.filter(({ file, isThere }) => file.includes(`-${what}.`) && isThere);
export const PUBLISHERS = thatDo('publish');
export const SUBSCRIBERS = thatDo('subscribe');

/** The variables by which all programs trust the server's certificate, from the README's line. */
const TRUST = /^export (NODE_EXTRA_CA_CERTS=.*)$/m
	.exec(README)![1]!
	.split(' ')
	.map((one) => one.split('=')[0]!);

/** What a user sets before: the server over TLS, the account, and the certificate. */
export function settingsOf({ options: { tls } }: Harper, { username, password }: Account): NodeJS.ProcessEnv {
	return {
		SIGNS_URL: `https://127.0.0.1:${tls!.httpsPort}`,
		SIGNS_MQTT_URL: `mqtts://127.0.0.1:${tls!.mqttsPort}`,
		SIGNS_USER: username,
		SIGNS_PASSWORD: password,
		...Object.fromEntries(TRUST.map((name) => [name, tls!.certificate])),
	};
}

/** `node` is that of the tests, and `python3` the one of Debian, which has the modules. */
export const PATH = `${dirname(process.execPath)}:${dirname(PYTHON)}:${process.env.PATH}`;

/**
 * Starts a program; it ends with `stop`.
 * @param command as in the README, perhaps with other arguments
 * @returns the lines that it prints on both streams, and a promise of its exit code
 */
export function openExample(command: string, settings: NodeJS.ProcessEnv) {
	const { child, exit, lines, stop } = open('bash', ['-c', command], { detached: true, env: { ...settings, PATH } });
	createInterface(child.stderr!).on('line', (line) => lines.push(line));
	return { exit, lines, stop };
}

/** Starts a program; it ends with the test. */
export function startExample(command: string, settings: NodeJS.ProcessEnv) {
	const { stop, ...started } = openExample(command, settings);
	onTestFinished(stop);
	return started;
}

/** Starts a Harper in production defaults, with TLS, as docs/operations.md recommends. */
export async function startWithTls(changes: Partial<Options> = {}) {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-examples-'));
	const [httpsPort, mqttsPort] = await freePorts(2);
	const tls = { httpsPort: httpsPort!, mqttsPort: mqttsPort!, ...makeCertificate(folder) };
	const harper = await startTemporaryHarper({ ...changes, tls });
	const remove = async () => {
		await harper.remove();
		rmSync(folder, { recursive: true, force: true });
	};
	return { ...harper, remove };
}
