/**
 * `npm run account`: makes, changes and removes accounts of a running Harper, through its Operations API.
 *
 * The account's password comes from ACCOUNT_PASSWORD or a prompt: everyone on the machine can read the arguments of a
 * process.
 */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { LOCAL, operation, target } from './operations.ts';

const ROLES = ['sign_viewer', 'sign_operator', 'sign_device'];
const USAGE = `Usage: npm run account -- <role> <name>    make an account, or give one another role and password
       npm run account -- rotate <name>    give it another password
       npm run account -- remove <name>    remove it
Roles: ${ROLES.join(', ')}. A device's account is named like its sign.
The password comes from ACCOUNT_PASSWORD or a prompt. The server: CLI_TARGET (${LOCAL}),
CLI_TARGET_USERNAME, CLI_TARGET_PASSWORD, from the environment or .env.`;

try {
	const [command, username, ...rest] = process.argv.slice(2);
	if (!command || !username || rest.length || ![...ROLES, 'rotate', 'remove'].includes(command)) throw new Error(USAGE);
	if (!/^[\w-]{1,64}$/.test(username)) throw new Error(`name must be 1 to 64 of A-Z a-z 0-9 _ -, got "${username}"`);
	// a forgotten .env may name another server than expected
	if (target().origin !== LOCAL) console.error(`At ${target().origin}:`);
	console.log(await runCommand(command, username));
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}

/** @returns what to print */
async function runCommand(command: string, username: string): Promise<string> {
	if (command === 'remove') {
		await operation({ operation: 'drop_user', username });
		return `Removed ${username}.`;
	}
	const role = command === 'rotate' ? undefined : command;
	const exists = (await operation<{ username: string }[]>({ operation: 'list_users' })).some(
		(user) => user.username === username
	);
	if (!exists && !role) throw new Error(`there is no account ${username}: make it with a role`);
	const password = await readPassword(username);
	if (exists) await operation({ operation: 'alter_user', username, password, ...(role && { role }) });
	else await operation({ operation: 'add_user', username, password, role, active: true });
	return exists ? `Changed ${username}${role ? `, now ${role}` : ''}.` : `Made ${username}, ${role}.`;
}

async function readPassword(username: string): Promise<string> {
	if (process.env.ACCOUNT_PASSWORD) return process.env.ACCOUNT_PASSWORD;
	if (!process.stdin.isTTY) throw new Error('give the password by ACCOUNT_PASSWORD, or run this in a terminal');
	process.stderr.write(`Password for ${username}: `);
	const noEcho = new Writable({ write: (_chunk, _encoding, done) => done() });
	const terminal = createInterface({ input: process.stdin, output: noEcho, terminal: true });
	const password = await terminal.question('');
	terminal.close();
	process.stderr.write('\n');
	if (!password) throw new Error('a password must not be empty');
	return password;
}
