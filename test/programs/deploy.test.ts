/** `npm run deploy` before it deploys: why it refuses. The deployment itself is tested in deploy/deploy.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { addAccount, url } from '../support/clients.ts';
import { copyProject, deploy, PROJECT } from '../support/deployed.ts';
import { startProgram } from '../support/program.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const target = {
	CLI_TARGET: inject('operationsUrl'),
	CLI_TARGET_USERNAME: ADMIN.username,
	CLI_TARGET_PASSWORD: ADMIN.password,
};
/** A port that no other test takes. To the port 1 fetch sends nothing. */
const nobody = 2;

test.for<[why: string, what: string, environment: Record<string, string>]>([
	['Name the Harper to deploy to, by CLI_TARGET', 'no target', { CLI_TARGET: '' }],
	['CLI_TARGET must be http:// or https:// and a server', 'a target without a scheme', { CLI_TARGET: 'signs:9925' }],
	['CLI_TARGET must not hold an account', 'an account in the target', { CLI_TARGET: 'http://a:secret@127.0.0.1' }],
	['does not know CLI_TARGET_USERNAME and', 'a wrong password', { CLI_TARGET_PASSWORD: 'wrong' }],
	[
		`http://127.0.0.1:${nobody} does not answer (ECONNREFUSED): is it the address of Harper's Operations API`,
		'a target that is not there',
		{ CLI_TARGET: `http://127.0.0.1:${nobody}` },
	],
	[`${url} answers 404, and not as Harper's Operations API`, 'the address of the page', { CLI_TARGET: url }],
])('it prints "%s" and fails for %s', async ([why, , environment]) => {
	const { code, printed } = await deploy({ ...target, ...environment });
	expect(printed).toContain(why);
	expect(printed).not.toMatch(/\n\s+at |secret/);
	expect([code, printed.trim().split('\n').length]).toEqual([1, why.startsWith('Name') ? 3 : 1]);
});

test('an account that is not super_user is refused with that reason', async () => {
	const { username, password } = await addAccount('operator', 'sign_operator');
	const { code, printed } = await deploy({
		...target,
		CLI_TARGET_USERNAME: username,
		CLI_TARGET_PASSWORD: password,
	});
	expect([code, printed]).toEqual([1, `${username} must be super_user to deploy: choose another account\n`]);
});

test('on a Node that cannot strip types it prints that and stops', async () => {
	const { until, exit } = startProgram('tools/deploy.js', [], target, ['--no-experimental-strip-types']);
	await until('cannot run TypeScript');
	expect(await exit).toBe(1);
});

test('a target in .env is taken, the environment goes before it, and git ignores the file', async () => {
	const copy = copyProject();
	onTestFinished(copy.remove);
	copy.write('.env', `CLI_TARGET=${target.CLI_TARGET}\nCLI_TARGET_USERNAME=admin\nCLI_TARGET_PASSWORD=wrong\n`);
	const unset = Object.fromEntries(Object.keys(target).map((name) => [name, undefined]));
	expect((await deploy(unset, copy.folder)).printed).toContain(`${target.CLI_TARGET} does not know`);
	const elsewhere = { ...unset, CLI_TARGET: `http://127.0.0.1:${nobody}` };
	expect((await deploy(elsewhere, copy.folder)).printed).toContain(`${elsewhere.CLI_TARGET} does not answer`);
	expect(readFileSync(join(PROJECT, '.gitignore'), 'utf8').split('\n')).toContain('.env');
});
