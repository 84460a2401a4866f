/**
 * Starts a private Harper that runs this application. It has its own HOME, data folder and ports, so that it does not
 * affect another Harper on this machine. Every program of this project that starts a Harper uses this.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from './environment.ts';
import { harperEntry, isOtherHarper } from './harper-entry.ts';
import { sendOperation, basic, type Account } from './operations-api.ts';
import { assertFree } from './ports.ts';
import { privateCopy } from './private-copy.ts';

export interface Options {
	/** Folder for everything that Harper writes. It is created when missing, and survives a restart. */
	folder: string;
	/** The address to listen on. */
	host: string;
	httpPort: number;
	mqttPort: number;
	/** Port of Harper's Operations API. Without it, the API is reachable only through a Unix socket in the folder. */
	operationsPort?: number;
	/** HTTPS and MQTTS, in addition to HTTP and MQTT. */
	tls?: {
		httpsPort: number;
		mqttsPort: number;
		/** PEM files. */
		certificate: string;
		privateKey: string;
		/** Whether the HTTPS port speaks HTTP/2 too. */
		http2?: boolean;
	};
	/** The first super_user. Harper creates it on the first start in a folder, and ignores it later. */
	admin: Account;
	/** Whether every client on this machine is a super_user without a login. */
	authorizeLocal: boolean;
	/** Number of worker threads. The kernel distributes the connections among them. */
	threads: number;
	/** true: Harper does not run this application, only what is deployed to it through the Operations API. */
	bare?: boolean;
	/** The application's folder; by default this project's. */
	application?: string | undefined;
	/** `others`: the `host` of each other node of the cluster. `port`: the port for replication. */
	replication?: { port: number; others: string[] };
	/** Whether Harper logs each failed login, as docs/operations.md recommends. */
	logsWrongLogins?: boolean;
	/** NODE_OPTIONS for Harper's process. */
	nodeOptions?: string;
	/** More environment variables: for a library that is preloaded into the process, or other settings than these. */
	env?: Record<string, string>;
	/** Id of the process's group (root only), so that a firewall can match the process's connections. */
	group?: number;
}

export interface Harper {
	options: Options;
	url: string;
	mqttUrl: string;
	operationsUrl: string | undefined;
	logFile: string;
	process: ChildProcess;
	/** Ends Harper with SIGTERM, or after 15 s with SIGKILL; resolves when it has ended. */
	stop(): Promise<void>;
	/** Ends Harper with SIGKILL, like a power cut; resolves when it has ended. */
	kill(): Promise<void>;
}

const APPLICATION = resolve(import.meta.dirname, '..');
const PORT_SETTINGS = 'HTTP_PORT, MQTT_PORT, OPERATIONS_PORT';
/** In ms. */
const START_TIMEOUT = 60_000;
const END_TIMEOUT = 15_000;

/**
 * Starts Harper, and waits until it answers.
 * @throws when HARPER is wrong, when a port is in use or chosen twice, and when Harper ends or does not answer within 60 s; the message has its last output
 */
export async function startHarper(options: Options): Promise<Harper> {
	const { host, httpPort, mqttPort, operationsPort, folder, tls, replication } = options;
	const entry = harperEntry();
	const ports = [httpPort, mqttPort, operationsPort, tls?.httpsPort, tls?.mqttsPort].filter(Boolean) as number[];
	const shared = ports.find((port, i) => ports.indexOf(port) < i);
	// Harper would start, and leave one of them out
	if (shared) throw new Error(`port ${shared} is chosen twice: choose different ones (${PORT_SETTINGS})`);
	for (const port of ports) await assertFree(host, port, `, or choose another one (${PORT_SETTINGS})`);
	if (replication) await assertFree(host, replication.port);
	mkdirSync(folder, { recursive: true });
	// Without a command, Harper runs in the foreground, with the applications that were deployed to it.
	const application = options.application ?? APPLICATION;
	const command = options.bare ? [] : ['run', isOtherHarper() ? privateCopy(application) : application];
	const child = spawn(process.execPath, [entry, ...command], {
		env: environment(options),
		gid: options.group,
		stdio: ['ignore', 'pipe', 'pipe'],
		// Its own process group: Ctrl-C signals the whole foreground group, but only `stop` may end Harper.
		detached: true,
	});
	const killChild = () => child.kill('SIGKILL');
	process.prependOnceListener('exit', killChild); // before the listeners that remove its folder
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

async function untilReady(harper: Harper): Promise<void> {
	const { options, process: child } = harper;
	let output = '';
	let started = () => {};
	const starts = new Promise<void>((done) => (started = done));
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding('utf8').on('data', (text: string) => {
			const all = output + text; // one read may be longer than what is kept
			if (all.includes('successfully started')) started();
			output = all.slice(-10_000);
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
		for (const loser of [ended, late, ready]) loser.catch(() => {}); // the race is decided
	}
}

/** Polls with an account: Harper's port opens before Harper has loaded its users. */
async function untilAnswers({ url, operationsUrl, options }: Harper, signal: AbortSignal): Promise<void> {
	const account = callerAccount(options);
	const headers: Record<string, string> = account ? { Authorization: basic(account) } : {};
	const poll = () =>
		options.bare
			? sendOperation(operationsUrl!, { operation: 'user_info' }, account, signal)
			: fetch(`${url}/Sign/?limit(1)`, { headers, signal });
	while (!signal.aborted) {
		const response = await poll().catch(() => undefined);
		if (response?.ok) return;
		if (response?.status === 500) throw new Error(`The application does not load: ${await response.text()}`);
		await sleep(50, undefined, { signal });
	}
}

/**
 * The account for requests to a Harper that was started here; undefined where no login is needed. There the password
 * would be wrong: `npm start` generates a new one each time, and Harper stores that of the first start.
 */
export const callerAccount = ({ authorizeLocal, admin }: Options) => (authorizeLocal ? undefined : admin);

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, 'exit');
	child.kill(signal);
	const killTimer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT);
	await exited;
	clearTimeout(killTimer);
}
