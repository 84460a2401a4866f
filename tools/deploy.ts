/**
 * `npm run deploy`: sends this application to a running Harper with Harper's own `deploy` command, restarts its threads,
 * waits until the application answers, and prints what to do next. On a cluster it restarts one node after another.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { harperEntry } from '../launcher/harper-entry.ts';
import { lacksReplication } from '../launcher/replication.ts';
import { explain, operation, target } from './operations.ts';
import { stage } from './stage.ts';
import { readTimeout, untilRuns, type Addresses } from './until-runs.ts';

/** The application's name on the server. */
const PROJECT = 'led-sign';
/** The server installs the dependencies with this command. Harper's default would also install those of the tests. */
const INSTALL = 'npm install --omit=dev --ignore-scripts --no-audit --no-fund';
const USAGE = `Name the Harper to deploy to, by CLI_TARGET, CLI_TARGET_USERNAME and CLI_TARGET_PASSWORD: the address of its
Operations API and an account that is super_user there. From the environment, or from lines in the file .env, like
CLI_TARGET=https://signs.example.org:9925`;

try {
	await deploy();
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}

async function deploy(): Promise<void> {
	if (!process.env.CLI_TARGET) throw new Error(USAGE);
	const harper = harperEntry();
	await assertSuperUser();
	const replicates = (await otherNodes()) !== undefined;
	const staged = stage();
	try {
		console.log(`Deploying ${staged.application} to ${target().origin}…`);
		// Observed once: a thread that started while the files arrived kept the server from installing the dependencies.
		const send = () => upload(harper, staged.folder, replicates);
		const failed = await send().catch((error: Error) => {
			if (!error.message.includes('Cannot find package')) throw error;
			return send();
		});
		for (const { name, reason } of failed)
			reportProblem(`Node ${name} could not take it, and is left as it is: ${reason}`);
		console.log('It is there. Harper restarts its threads…');
		const addresses = await restart(target());
		await restartOthers(failed.map(({ name }) => name));
		console.log(hints(addresses));
	} finally {
		staged.remove();
	}
}

/** Prints a problem that does not stop the deployment; the exit code is then 1. */
function reportProblem(problem: string): void {
	console.error(problem);
	process.exitCode = 1;
}

/** Restarts one node after another, so that the others serve meanwhile. A node that lacks the new files is not restarted. */
async function restartOthers(failed: string[]): Promise<void> {
	for (const { name, server } of (await otherNodes()) ?? []) {
		if (failed.includes(name)) continue;
		console.log(`Node ${name} restarts its threads…`);
		await restart(server).catch(({ message }: Error) => reportProblem(`Node ${name} may not run it: ${message}`));
	}
}

/** @throws when the application does not run after the restart */
async function restart(server: URL): Promise<Addresses> {
	type Started = { job_id: string };
	const { job_id: job } = await operation<Started>({ operation: 'restart_service', service: 'http_workers' }, server);
	return untilRuns(PROJECT, server, job);
}

/**
 * The other nodes of the target's cluster: the URL of each Operations API, which has the same port and the same accounts.
 * Undefined when the target has no replication.
 */
async function otherNodes(): Promise<{ name: string; server: URL }[] | undefined> {
	type Status = { connections?: { name: string; url: string }[] };
	const status = await operation<Status>({ operation: 'cluster_status' }).catch((error: Error) => {
		if (lacksReplication(error.message)) return undefined;
		throw error;
	});
	if (!status) return undefined;
	const { connections = [] } = status;
	return connections.map(({ name, url }) => {
		const server = target();
		server.hostname = new URL(url).hostname;
		return { name, server };
	});
}

/** Runs first, because it reports a wrong address or password with a clear error, before anything is sent. */
async function assertSuperUser(): Promise<void> {
	type User = { username?: string; role?: { permission?: { super_user?: boolean } } };
	const { username, role } = await operation<User>({ operation: 'user_info' });
	if (!username) throw new Error(`${target().origin} answers, and not as Harper's Operations API does`);
	if (!role?.permission?.super_user)
		throw new Error(`${username} must be super_user to deploy: choose another account`);
}

/**
 * Packs a folder and sends it to the target, or to all nodes of its cluster. It restarts none: Harper's own
 * `restart=rolling` stops without an error when the second node closes its port for a moment.
 * @param harper the path of Harper's program, which sends it
 * @param replicates whether the target replicates; where it does not, `replicated=true` is answered with 500
 * @returns the other nodes that failed
 * @throws when the server itself fails; the message has the reason
 */
async function upload(
	harper: string,
	folder: string,
	replicates: boolean
): Promise<{ name: string; reason: string }[]> {
	const args = [`project=${PROJECT}`, `install_command=${INSTALL}`];
	if (replicates) args.push('replicated=true');
	// Harper's command line ignores this variable of Node's.
	if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') args.push('rejectUnauthorized=false');
	const home = mkdtempSync(join(tmpdir(), 'led-sign-home-'));
	// The account stays in the environment: everyone can read a process's arguments. In HOME, Harper's command line would
	// find the user's own installation.
	const env = { ...process.env, HOME: home, NODE_NO_WARNINGS: '1' };
	const child = spawn(process.execPath, [harper, 'deploy', ...args], {
		cwd: folder,
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: readTimeout() * 1000, // the server waits without limit for a node that hangs
	});
	const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
	rmSync(home, { recursive: true, force: true });
	// The exit code is 0 even when the server has refused.
	if (stdout.includes('Successfully deployed')) return failedNodes(stdout);
	const timeoutText = `no answer within ${readTimeout()} s (DEPLOY_TIMEOUT): a node of its cluster may hang, or its npm`;
	throw new Error(
		`${target().origin} could not take the application: ${explain(stdout || firstError(stderr)) || timeoutText}`
	);
}

/**
 * The other nodes that failed. Harper reports a success when the server that received the request has deployed, and lists
 * the results of the other nodes below, as YAML. An entry without a name is ignored: on a new cluster Harper may list the
 * server itself once more (observed).
 */
function failedNodes(output: string): { name: string; reason: string }[] {
	const [, ...nodes] = output.split(/^ *- /m);
	return nodes.flatMap((node) => {
		const [, reason, name] = node.match(/^status: failed\n\s+reason: ([^]*)\n\s+node: (.*)/) ?? [];
		return name && name !== 'null' ? [{ name, reason: explain(reason!) }] : [];
	});
}

/** The first line of what Harper's command line prints on stderr: the error without its stack trace. */
function firstError(stderr: string): string {
	return stderr.split('\n')[0]!.replace(/^\w*Error: /, '');
}

function hints({ page, mqtt }: Addresses): string {
	return `${process.exitCode ? 'It runs, but not on all nodes. Deploy again when they can take it.' : 'It runs.'}

The page     ${page}
Devices      ${mqtt ? `${mqtt}, topic Sign/<id>` : `${page.replace(/^http/, 'ws')} (MQTT over WebSocket), topic Sign/<id>`}
Accounts     npm run account -- sign_operator <name>
             npm run account -- sign_device <id of its sign>`;
}
