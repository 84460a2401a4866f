/**
 * `npm run deploy`: gives this application to a running Harper by Harper's own `deploy`, waits until it answers there,
 * and says what to do next; on a cluster for one node after the other. Touches servers by their Operations API, and asks the
 * application's page (until-runs.ts); operations.ts tells whom it asks.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { explain, operation, target } from './operations.ts';
import { stage } from './stage.ts';
import { untilRuns, type Addresses } from './until-runs.ts';

const PROJECT = 'led-sign';
const HARPER = resolve(import.meta.dirname, '../node_modules/harperdb/bin/harperdb.js');
/** What the server runs for the dependencies. Harper's own choice would be all of them, also those of the tests. */
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
	await assertSuperUser();
	const staged = stage();
	try {
		console.log(`Deploying ${staged.version} to ${target().origin}…`);
		// A thread that starts while the files arrive keeps the server from installing what they need (seen once).
		if (!(await send(staged.folder, /Cannot find package/))) await send(staged.folder);
	} finally {
		staged.remove();
	}
	console.log('It is there. Harper restarts its threads…');
	const addresses = await restart(target());
	for (const node of await otherNodes()) {
		console.log(`It runs on ${addresses.page}. Node ${node.hostname} restarts its threads…`);
		await restart(node).catch(({ message }: Error) => {
			console.error(`Node ${node.hostname} may not run it, deploy again when it is back: ${message}`);
			process.exitCode = 1;
		});
	}
	console.log(hints(addresses));
}

/** @throws when the application does not run afterwards */
async function restart(server: URL): Promise<Addresses> {
	type Started = { job_id: string };
	const { job_id: job } = await operation<Started>({ operation: 'restart_service', service: 'http_workers' }, server);
	return untilRuns(PROJECT, server, job);
}

/** The nodes of the target's cluster beside it, by the Operations API of each: at the same port, with the same account. */
async function otherNodes(): Promise<URL[]> {
	type Status = { connections?: { url: string }[] };
	const { connections = [] } = await operation<Status>({ operation: 'cluster_status' });
	return connections.map(({ url }) => {
		const node = target();
		node.hostname = new URL(url).hostname;
		return node;
	});
}

/** Asked first: it tells a wrong address or password in a word, before anything is sent. */
async function assertSuperUser(): Promise<void> {
	type User = { username?: string; role?: { permission?: { super_user?: boolean } } };
	const { username, role } = await operation<User>({ operation: 'user_info' });
	if (!username) throw new Error(`${target().origin} answers, and not as Harper's Operations API does`);
	if (!role?.permission?.super_user)
		throw new Error(`${username} must be super_user to deploy: choose another account`);
}

/**
 * Packs a folder and sends it, to all nodes of a cluster. They are restarted one after the other by `restart`: Harper's own
 * `restart=rolling` gives up at the second node when that closes its port for a moment, and says nothing of it.
 * @returns false for a reason that passes
 * @throws when the server does not take it; the text says why
 */
async function send(folder: string, passing?: RegExp): Promise<boolean> {
	const words = [`project=${PROJECT}`, 'replicated=true', `install_command=${INSTALL}`];
	// Node's word for it, which Harper's command line does not heed.
	if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') words.push('rejectUnauthorized=false');
	const home = mkdtempSync(join(tmpdir(), 'led-sign-home-'));
	// The account is in the environment: arguments are seen by everyone on the machine. HOME is where Harper's command
	// line looks for an installation of the user's own.
	const env = { ...process.env, HOME: home, NODE_NO_WARNINGS: '1' };
	const child = spawn(process.execPath, [HARPER, 'deploy', ...words], {
		cwd: folder,
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const [printed, failed] = await Promise.all([text(child.stdout), text(child.stderr)]);
	rmSync(home, { recursive: true, force: true });
	// It ends with 0 also when the server has refused.
	if (printed.includes('Successfully deployed')) return true;
	const reason = explain(printed || wordOf(failed));
	if (passing?.test(reason)) return false;
	throw new Error(`${target().origin} could not take the application: ${reason}`);
}

/** What Harper's command line says of its own failure, without the trace below it. */
function wordOf(failed: string): string {
	return failed.split('\n')[0]!.replace(/^\w*Error: /, '');
}

function hints({ page, mqtt }: Addresses): string {
	return `It runs.

The page     ${page}
Devices      ${mqtt ? `${mqtt}, topic Sign/<id>` : `${page.replace(/^http/, 'ws')} (MQTT over WebSocket), topic Sign/<id>`}
Accounts     npm run account -- sign_operator <name>
             npm run account -- sign_device <id of its sign>`;
}
