/** Programs of others that speak MQTT, as processes of their own. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { mqttUrl, type Account } from '../clients.ts';
import { Feed } from '../feed.ts';
import { ADMIN } from '../../../launcher/temporary-harper.ts';

function has(command: string, ...words: string[]): boolean {
	try {
		execFileSync(command, words, { stdio: 'ignore', timeout: 10_000 });
		return true;
	} catch {
		return false;
	}
}

/** Debian's, which has python3-paho-mqtt. */
export const PYTHON = '/usr/bin/python3';
const SKIPPED = 'is not installed: its tests are skipped';
const note = (name: string, isThere: boolean) => (isThere || console.warn(`${name} ${SKIPPED}`), isThere);

export const hasPaho = note(
	'python3-paho-mqtt 1.6',
	has(PYTHON, '-c', 'import paho.mqtt; assert paho.mqtt.__version__.startswith("1.6")')
);
export const hasWebSocketClient = note('python3-websocket', has(PYTHON, '-c', 'import websocket'));
/** What Home Assistant reads its lines with. */
export const hasJinja = note('python3-jinja2 or python3-yaml', has(PYTHON, '-c', 'import jinja2, yaml'));
export const hasMosquittoClients = note(
	'mosquitto-clients',
	has('mosquitto_pub', '--version') || has('which', 'mosquitto_pub')
);

/** @param module as a program imports it */
export const hasPythonModule = (module: string) =>
	note(`${PYTHON}'s module ${module}`, has(PYTHON, '-c', `import ${module}`));
export const hasProgram = (name: string) => note(name, has('which', name));
export const hasJq = note('jq', has('jq', '--version'));
/** Node-RED 4, from the path; or the file that the variable names. */
export const NODE_RED = process.env.NODE_RED ?? 'node-red';
export const hasNodeRed = note(
	'Node-RED (npm install --global node-red@4.1.15, or its file in NODE_RED)',
	has('which', NODE_RED)
);

/** What the script tells. */
export interface Told {
	what: string;
	code?: number;
	present?: number | boolean;
	codes?: number[];
	topic?: string;
	text?: string;
	retain?: boolean;
	alive?: number;
}

const port = () => Number(new URL(mqttUrl).port);

/** Starts a program; it ends with the test. */
export function start(...[command, words, options]: Parameters<typeof open>) {
	const { stop, ...started } = open(command, words, options);
	onTestFinished(stop);
	return started;
}

/**
 * Starts a program; it ends with `stop`.
 * @param detached in a process group of its own, which is ended whole, and with its stderr
 * @param env variables besides those of the tests
 */
export function open(command: string, words: string[], { detached = false, env = {} as NodeJS.ProcessEnv } = {}) {
	const child = spawn(command, words, {
		stdio: ['pipe', 'pipe', detached ? 'pipe' : 'inherit'],
		detached,
		env: { ...process.env, ...env },
	});
	const exit = new Promise<number | null>((done) => child.once('exit', done));
	const stop = async () => {
		if (detached) endGroup(child.pid!);
		else child.kill('SIGKILL');
		await exit;
	};
	const lines = new Feed<string>(`${command} ${words.join(' ')}`);
	createInterface(child.stdout!).on('line', (line) => lines.push(line));
	return { child, exit, lines, stdin: child.stdin!, stop };
}

function endGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// nothing is left of it
	}
}

/** @param habit one of those of users_of_paho.py */
export function startPaho(habit: string, version: 4 | 5, options: object, account: Account = ADMIN) {
	const all = { host: '127.0.0.1', port: port(), version, ...account, ...options };
	const { child, exit, lines, stdin } = start(PYTHON, [
		join(import.meta.dirname, 'users_of_paho.py'),
		habit,
		JSON.stringify(all),
	]);
	const told = lines.map((line) => JSON.parse(line) as Told);
	const ask = (command: { do: string; text?: string }) => stdin.write(`${JSON.stringify(command)}\n`);
	return { child, exit, told, ask };
}

/** `mosquitto_sub` or `mosquitto_pub`. */
export function startMosquittoClient(name: 'sub' | 'pub', version: 4 | 5, words: string[], account: Account = ADMIN) {
	const login = ['-u', account.username, '-P', account.password, '-V', version === 4 ? '311' : '5'];
	return start(`mosquitto_${name}`, ['-h', '127.0.0.1', '-p', `${port()}`, ...login, ...words]);
}
