/**
 * Runs a private Harper with this application in it: its own HOME, data folder and ports, so that it disturbs no other
 * Harper of this machine. Whatever of this project starts a Harper starts it here; but docs/operations.md tells another way.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from './environment.ts';
import { askOperation, basic, type Account } from './operations-api.ts';
import { assertFree } from './ports.ts';

export interface Options {
	/** Folder for everything that Harper writes; made when missing. What it holds survives a restart. */
	folder: string;
	/** The address to listen at. */
	host: string;
	httpPort: number;
	mqttPort: number;
	/** Port of Harper's Operations API; without one it is reachable by a socket in the folder only. */
	operationsPort?: number;
	/** Encrypted HTTP and MQTT beside the plain ones. */
	tls?: {
		httpsPort: number;
		mqttsPort: number;
		/** PEM files. */
		certificate: string;
		privateKey: string;
	};
	/** The first super_user, made on the first start in a folder. */
	admin: Account;
	/** Whether everything from this machine is super_user without a login. */
	authorizeLocal: boolean;
	/** Worker threads; connections are spread over them by the kernel. */
	threads: number;
	/** Without it Harper runs this application; `bare`: only what is deployed to it, by the Operations API. */
	bare?: boolean;
	/** The folder of the application; without it this one. */
	application?: string | undefined;
	/** The other nodes of its cluster, by their `host`; `port` is where it listens for them. */
	replication?: { port: number; others: string[] };
	/** Whether Harper writes a line for each wrong login that it sees, as docs/operations.md has it. */
	logsWrongLogins?: boolean;
	/** Flags for its Node, as NODE_OPTIONS has them. */
	nodeOptions?: string;
	/** More of its environment: for a library that is loaded before it. */
	env?: Record<string, string>;
	/** Number of the group that the process gets (root only): a firewall can tell its connections by it. */
	group?: number;
}

export interface Harper {
	options: Options;
	url: string;
	mqttUrl: string;
	operationsUrl: string | undefined;
	logFile: string;
	process: ChildProcess;
	/** Asks Harper to end, and waits for it; kills it after 15 s. */
	stop(): Promise<void>;
	/** Ends Harper as a power cut would, and waits until it is gone. */
	kill(): Promise<void>;
}

const APPLICATION = resolve(import.meta.dirname, '..');
/** In ms. */
const START_TIMEOUT = 60_000;
const END_TIMEOUT = 15_000;

/**
 * Starts Harper and waits until it answers.
 * @throws when a port is taken, and when Harper ends or does not answer within a minute; the text has its last output
 */
export async function startHarper(options: Options): Promise<Harper> {
	const { host, httpPort, mqttPort, operationsPort, folder, tls, replication } = options;
	for (const port of [httpPort, mqttPort, operationsPort, tls?.httpsPort, tls?.mqttsPort])
		if (port) await assertFree(host, port, ', or choose another one (HTTP_PORT, MQTT_PORT, OPERATIONS_PORT)');
	if (replication) await assertFree(host, replication.port);
	mkdirSync(folder, { recursive: true });
	// Without a command Harper runs in the foreground, with what was deployed to it.
	const command = options.bare ? [] : ['run', options.application ?? APPLICATION];
	const child = spawn(process.execPath, [harperEntry(), ...command], {
		env: environment(options),
		gid: options.group,
		stdio: ['ignore', 'pipe', 'pipe'],
		// Ctrl-C goes to the whole foreground group: Harper is ended by `stop`, not by that.
		detached: true,
	});
	const killChild = () => child.kill('SIGKILL');
	process.prependOnceListener('exit', killChild); // before others remove its folder
	child.once('exit', () => process.off('exit', killChild));
	const harper: Harper = {
		options,
		url: `http://${host}:${httpPort}`,
		mqttUrl: `mqtt://${host}:${mqttPort}`,
		operationsUrl: operationsPort ? `http://${host}:${operationsPort}` : undefined,
		logFile: join(folder, 'data/log/hdb.log'),
		process: child,
		stop: () => end(child, 'SIGTERM'),
		kill: () => end(child, 'SIGKILL'),
	};
	try {
		await untilReady(harper);
	} catch (cause) {
		await harper.kill();
		throw cause;
	}
	return harper;
}

const harperEntry = () => join(APPLICATION, 'node_modules/harperdb/bin/harperdb.js');

async function untilReady(harper: Harper): Promise<void> {
	const { options, process: child } = harper;
	let output = '';
	let started = () => {};
	const starts = new Promise<void>((done) => (started = done));
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding('utf8').on('data', (text: string) => {
			output = (output + text).slice(-10_000);
			if (output.includes('successfully started')) started();
		});
	}
	const ended = once(child, 'exit').then(([code]) => {
		if (output.includes('already running')) {
			throw new Error(`another Harper has its data in ${options.folder}: end it, or choose another folder by DATA_DIR`);
		}
		throw new Error(`Harper ended with ${code} while it started. Its last output:\n${output}`);
	});
	const timer = new AbortController();
	const late = sleep(START_TIMEOUT, undefined, { signal: timer.signal }).then(() => {
		throw new Error(`Harper did not answer within ${START_TIMEOUT / 1000} s. Its last output:\n${output}`);
	});
	const ready = starts.then(() => untilAnswers(harper, timer.signal));
	try {
		await Promise.race([ready, ended, late]);
	} finally {
		timer.abort();
		for (const left of [ended, late, ready]) left.catch(() => {}); // decided already
	}
}

/** Harper's port answers before its users are loaded: the first right answer is to someone it knows. */
async function untilAnswers({ url, operationsUrl, options }: Harper, signal: AbortSignal): Promise<void> {
	const account = caller(options);
	const headers: Record<string, string> = account ? { Authorization: basic(account) } : {};
	const ask = () =>
		options.bare
			? askOperation(operationsUrl!, { operation: 'user_info' }, account, signal)
			: fetch(`${url}/Sign/?limit(1)`, { headers, signal });
	while (!signal.aborted) {
		const response = await ask().catch(() => undefined);
		if (response?.ok) return;
		if (response?.status === 500) throw new Error(`The application does not load: ${await response.text()}`);
		await sleep(50, undefined, { signal });
	}
}

/**
 * As whom to ask a Harper that was started here. As nobody, where that is enough: `npm start` makes up a password each time,
 * and Harper keeps that of the first start.
 */
export const caller = ({ authorizeLocal, admin }: Options) => (authorizeLocal ? undefined : admin);

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = once(child, 'exit');
	child.kill(signal);
	const last = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT);
	await gone;
	clearTimeout(last);
}
