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
import { patience, untilRuns, type Addresses } from './until-runs.ts';

/** What it is called on the server. */
const NAME = 'led-sign';
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
		console.log(`Deploying ${staged.application} to ${target().origin}…`);
		// A thread that starts while the files arrive keeps the server from installing what they need (seen once).
		const failed = await send(staged.folder).catch((error: Error) => {
			if (!error.message.includes('Cannot find package')) throw error;
			return send(staged.folder);
		});
		for (const { name, reason } of failed) complain(`Node ${name} could not take it, and is left as it is: ${reason}`);
		console.log('It is there. Harper restarts its threads…');
		const addresses = await restart(target());
		await restartOthers(failed.map(({ name }) => name));
		console.log(hints(addresses));
	} finally {
		staged.remove();
	}
}

/** For what does not stop the rest. */
function complain(trouble: string): void {
	console.error(trouble);
	process.exitCode = 1;
}

/** One node after another, so that the others serve meanwhile; but those that would lose what they run. */
async function restartOthers(failed: string[]): Promise<void> {
	for (const { name, server } of await otherNodes()) {
		if (failed.includes(name)) continue;
		console.log(`Node ${name} restarts its threads…`);
		await restart(server).catch(({ message }: Error) => complain(`Node ${name} may not run it: ${message}`));
	}
}

/** @throws when the application does not run afterwards */
async function restart(server: URL): Promise<Addresses> {
	type Started = { job_id: string };
	const { job_id: job } = await operation<Started>({ operation: 'restart_service', service: 'http_workers' }, server);
	return untilRuns(NAME, server, job);
}

/** The nodes of the target's cluster beside it, by the Operations API of each: at the same port, with the same account. */
async function otherNodes(): Promise<{ name: string; server: URL }[]> {
	type Status = { connections?: { name: string; url: string }[] };
	const { connections = [] } = await operation<Status>({ operation: 'cluster_status' });
	return connections.map(({ name, url }) => {
		const server = target();
		server.hostname = new URL(url).hostname;
		return { name, server };
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
 * @returns the other nodes that did not take it
 * @throws when the server itself does not take it; the text says why
 */
async function send(folder: string): Promise<{ name: string; reason: string }[]> {
	const words = [`project=${NAME}`, 'replicated=true', `install_command=${INSTALL}`];
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
		timeout: patience() * 1000, // the server itself waits for a node that hangs for ever
	});
	const [printed, failed] = await Promise.all([text(child.stdout), text(child.stderr)]);
	rmSync(home, { recursive: true, force: true });
	// It ends with 0 also when the server has refused.
	if (printed.includes('Successfully deployed')) return nodesThatFailed(printed);
	const late = `no answer within ${patience()} s (DEPLOY_TIMEOUT): a node of its cluster may hang, or its npm`;
	throw new Error(`${target().origin} could not take the application: ${explain(printed || wordOf(failed)) || late}`);
}

/**
 * Harper has deployed when the server that was asked has; of the other nodes it tells below that, in YAML. One without a
 * name is none: on a young cluster Harper may count the server itself once more (seen).
 */
function nodesThatFailed(printed: string): { name: string; reason: string }[] {
	const [, ...nodes] = printed.split(/^ *- /m);
	return nodes.flatMap((node) => {
		const [, reason, name] = node.match(/^status: failed\n\s+reason: ([^]*)\n\s+node: (.*)/) ?? [];
		return name && name !== 'null' ? [{ name, reason: explain(reason!) }] : [];
	});
}

/** What Harper's command line says of its own failure, without the trace below it. */
function wordOf(failed: string): string {
	return failed.split('\n')[0]!.replace(/^\w*Error: /, '');
}

function hints({ page, mqtt }: Addresses): string {
	return `${process.exitCode ? 'It runs, but not on all nodes. Deploy again when they can take it.' : 'It runs.'}

The page     ${page}
Devices      ${mqtt ? `${mqtt}, topic Sign/<id>` : `${page.replace(/^http/, 'ws')} (MQTT over WebSocket), topic Sign/<id>`}
Accounts     npm run account -- sign_operator <name>
             npm run account -- sign_device <id of its sign>`;
}
