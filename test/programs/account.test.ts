/** `npm run account`, as an operator of a server runs it. */
import { resolve } from 'node:path';
import { expect, inject, test } from 'vitest';
import { newId, rest } from '../support/clients.ts';
import { runCommand } from '../support/program.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const TOOL = resolve(import.meta.dirname, '../../tools/account.ts');

function account(words: string[], environment: Record<string, string> = {}) {
	const target = {
		CLI_TARGET: inject('operationsUrl'),
		CLI_TARGET_USERNAME: ADMIN.username,
		CLI_TARGET_PASSWORD: ADMIN.password,
	};
	return runCommand(process.execPath, [TOOL, ...words], { ...target, ...environment });
}

const session = async (username: string, password: string) => {
	const { status, text } = await rest('POST', '/Session', { username, password }, null);
	return status === 200 ? JSON.parse(text) : status;
};

test('it makes, changes, rotates and removes an account', async () => {
	const name = newId('account');
	expect((await account(['sign_device', name], { ACCOUNT_PASSWORD: 'one' })).stdout).toBe(
		`Made ${name}, sign_device.\n`
	);
	await expect.poll(() => session(name, 'one')).toEqual({ user: name, role: 'sign_device' });

	expect((await account(['sign_viewer', name], { ACCOUNT_PASSWORD: 'two' })).stdout).toContain(
		`Changed ${name}, now sign_viewer`
	);
	await expect.poll(() => session(name, 'two')).toEqual({ user: name, role: 'sign_viewer' });

	await account(['rotate', name], { ACCOUNT_PASSWORD: 'three' });
	await expect.poll(() => session(name, 'two')).toBe(401);
	await expect.poll(() => session(name, 'three')).toEqual({ user: name, role: 'sign_viewer' });

	expect(await account(['remove', name])).toEqual({
		code: 0,
		stdout: `Removed ${name}.\n`,
		stderr: `At ${inject('operationsUrl')}:\n`,
	});
	await expect.poll(() => session(name, 'three')).toBe(401);
});

test.for<[why: string, words: string[], environment: Record<string, string>]>([
	['Usage:', [], {}],
	['Usage:', ['sign_king', 'x'], {}],
	['Usage:', ['sign_viewer', 'x', 'password'], {}],
	['name must be', ['sign_viewer', 'a/b'], {}],
	['give the password by ACCOUNT_PASSWORD', ['sign_viewer', 'x'], {}],
	['there is no account', ['rotate', 'nobody'], {}],
	['does not know CLI_TARGET_USERNAME', ['remove', 'x'], { CLI_TARGET_PASSWORD: 'wrong' }],
	['CLI_TARGET_PASSWORD (which is empty)', ['remove', 'x'], { CLI_TARGET_PASSWORD: '' }],
	['does not answer', ['remove', 'x'], { CLI_TARGET: 'http://127.0.0.1:1' }],
	['refused', ['remove', 'nobody'], {}],
])('it prints "%s" and fails for %j with %j', async ([why, words, environment]) => {
	const { code, stderr, stdout } = await account(words, environment);
	expect(stderr).toContain(why);
	expect(stderr).not.toMatch(/\n\s+at /);
	expect([code, stdout]).toEqual([1, '']);
});
