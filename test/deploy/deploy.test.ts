/**
 * `npm run deploy` to an empty Harper in production defaults: what it prints, which files arrive, and what it prints when the
 * server cannot run them. The tests build on one another.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mqttUrl, url, useServer } from '../support/clients.ts';
import { accountOf, copyProject, deploy, letInstall, PROJECT, startBareHarper } from '../support/deployed.ts';
import { eventually } from '../support/feed.ts';
import { withoutReplication } from '../support/without-replication.ts';
import { freePorts } from '../../launcher/ports.ts';
import { ADMIN, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const LONG = { timeout: 180_000 };

let harper: TemporaryHarper;

beforeAll(async () => {
	harper = await startBareHarper();
	useServer(harper);
});

afterAll(() => harper?.remove());

const deployed = (file = '') => join(harper.options.folder, 'data/components/led-sign', file);
const status = async () => (await fetch(`${url}/Session/`)).status;

describe('the first deployment', () => {
	test('ends when the application answers, and prints where, and what to do next', LONG, async () => {
		expect(await status(), 'nothing is there').toBe(404);
		const copy = copyProject();
		onTestFinished(copy.remove);
		const account = Object.entries(accountOf(harper));
		copy.write('.env', account.map(([name, value]) => `${name}=${value}\n`).join(''));
		// none of it runs
		for (const file of ['web/.env', 'data/sign', '.git/config', 'web/node_modules/x/x.js', 'notes.md'])
			copy.write(file, ADMIN.password);
		const unset = Object.fromEntries(account.map(([name]) => [name, undefined]));
		const seen = watchArguments();
		const { code, printed } = await deploy(unset, copy.folder);

		expect([code, printed]).toEqual([0, expect.stringContaining('It runs.')]);
		for (const words of [`${url}/`, mqttUrl, 'npm run account']) expect(printed).toContain(words);
		expect(await status()).toBe(200);
		expect(seen(), 'while it deployed').toContain('install_command=npm install --omit=dev');
		expect(seen()).not.toContain(ADMIN.password);
	});

	// Cause: where Harper has no replication, `replicated=true` is answered with 500 after the files have arrived.
	test('works on a Harper without replication', LONG, async () => {
		const account = { ...accountOf(harper), CLI_TARGET: await withoutReplication(harper.operationsUrl!) };
		const { code, printed } = await deploy(account);
		expect([code, printed]).toEqual([0, expect.stringContaining('It runs.')]);
	});

	test('brings what runs, and nothing else', () => {
		const arrived = [...globSync('**/*', { cwd: deployed() }), ...globSync('**/.*', { cwd: deployed() })].filter(
			(file) => !file.startsWith('node_modules/')
		);
		const names = [...new Set(arrived.map((file) => file.split('/')[0]!))];
		const isCode = (name: string) => /^[a-z-]+\.[tj]s$/.test(name);
		expect(names.filter((name) => !isCode(name)).sort()).toEqual(
			'LICENSE api config.yaml harper-fixes node_modules package-lock.json package.json roles.yaml schema.graphql sign web'.split(
				' '
			)
		);
		expect(names.filter(isCode)).toEqual(expect.arrayContaining(['entry.js', 'resources.ts']));
		expect(arrived.filter((file) => file.startsWith('web/')).sort()).toEqual(
			globSync('web/**/*', { cwd: PROJECT }).sort()
		);
		for (const file of arrived.filter((file) => file.includes('.')))
			expect(readFileSync(deployed(file), 'utf8'), file).not.toContain(ADMIN.password);
	});

	test('leaves out what only the tests need', () => {
		const { dependencies, devDependencies } = JSON.parse(readFileSync(deployed('package.json'), 'utf8'));
		expect([Object.keys(dependencies), devDependencies]).toEqual([['mqtt-packet', 'zod'], undefined]);
		const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8'));
		const needed = Object.entries(packages as Record<string, { dev?: true }>)
			.filter(([path, { dev }]) => path && !dev)
			.map(([path]) => path.split('node_modules/').at(-1)!.split('/')[0]!);
		expect(needed).toContain('mqtt-packet');
		// the server links its own harperdb
		const wanted = [...new Set(['harperdb', ...needed])].sort();
		expect(globSync('*', { cwd: deployed('node_modules') }).sort()).toEqual(wanted);
	});

	test('serves the page and its files, and none of the code', async () => {
		expect(await (await fetch(`${url}/`)).text()).toContain('<title>LED signs</title>');
		expect((await fetch(`${url}/wall.js`)).headers.get('content-type')).toContain('javascript');
		for (const path of ['/entry.js', '/sign/fields.ts', '/package.json', '/.env'])
			expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
	});
});

/** Watches the machine's list of processes. @returns a function that returns everything that was in it */
function watchArguments(): () => string {
	let seen = '';
	const timer = setInterval(() => (seen += execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })), 50);
	onTestFinished(() => clearInterval(timer));
	return () => seen;
}

describe('a deployment that fails', () => {
	test('without a registry prints that, and the application goes on', LONG, async () => {
		const [nobody] = await freePorts(1);
		letInstall(harper, `http://127.0.0.1:${nobody}/`);
		const { code, printed } = await deploy(accountOf(harper));
		letInstall(harper);
		expect([code, printed]).toEqual([1, expect.stringMatching(/Failed to install .* must reach the registry\n$/)]);
		expect(printed).not.toMatch(/\n\s+at /);
		expect(await status()).toBe(200);
		expect((await deploy(accountOf(harper))).printed, 'again').toContain('It runs.');
	});

	test('because the application does not answer names what never came', LONG, async () => {
		const [nobody] = await freePorts(1);
		const environment = { APPLICATION_URL: `http://127.0.0.1:${nobody}`, DEPLOY_TIMEOUT: '40' };
		const { code, printed } = await deploy({ ...accountOf(harper), ...environment });
		expect(code).toBe(1);
		expect(printed).toMatch(
			`An answer of http://127.0.0.1:${nobody}/Session/ (APPLICATION_URL names another address) did not come within 40 s: ECONNREFUSED\n`
		);
	});

	test('because the new code cannot be loaded prints why', LONG, async () => {
		const copy = copyProject();
		onTestFinished(copy.remove);
		copy.write('api/write.ts', '');
		const { code, printed } = await deploy(accountOf(harper), copy.folder);
		expect([code, printed]).toEqual([
			1,
			expect.stringContaining("The application cannot run on the server: The requested module './write.ts' does not"),
		]);
		expect((await deploy(accountOf(harper))).printed, 'the right code again').toContain('It runs.');
	});
});

describe('a Harper whose Node cannot strip types', () => {
	const why = `Node ${process.version} cannot run TypeScript, which this application is written in: use Node 22.18 or later`;

	test('is named by each deployment, and in its log', LONG, async () => {
		const old = await startBareHarper({ nodeOptions: '--no-experimental-strip-types' });
		onTestFinished(() => old.remove());
		const first = await deploy(accountOf(old));
		expect([first.code, first.printed]).toEqual([
			1,
			expect.stringContaining(`could not take the application: ${why}\n`),
		]);
		// a thread that has failed to load it does not try again: only restarted threads log the reason
		const second = await deploy(accountOf(old));
		expect(second.code).toBe(1);
		expect(second.printed.trim().split('\n').at(-1)).toMatch(new RegExp(`: ${why}$`));
		for (const { printed } of [first, second]) expect(printed).not.toMatch(/\n\s+at /);
		const log = await eventually(
			async () => readFileSync(old.logFile, 'utf8'),
			(text) => text.includes(why) && text.includes('ResourceLoadError')
		);
		expect(log).toMatch(new RegExp(`\\[error\\].*: ${why}$`, 'm'));
		expect(log.indexOf(why), 'before anything else of it').toBeLessThan(log.indexOf('ResourceLoadError'));
		expect(existsSync(join(old.options.folder, 'data/components/led-sign'))).toBe(true);
	});
});
