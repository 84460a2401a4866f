/**
 * A machine as in docs/operations.md: a folder in place of its file system, ports of 127.0.0.1, and a shell that runs the guide's
 * commands. It changes files in that folder only.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Row } from './clients.ts';
import { copyProject, letInstall } from './deployed.ts';
import { makeCertificate } from './certificate.ts';
import { eventually } from './feed.ts';
import { blocks, openShell, pattern, steps } from './guide.ts';
import { freePorts } from '../../launcher/ports.ts';

export const GUIDE = 'docs/operations.md';
const PORTS = ['9926', '9925', '8883', '9933'];
const PASSWORD = 'correct horse';

export type Machine = Awaited<ReturnType<typeof setUp>>;

/**
 * @param settings replace settings of the guide
 * @param project the clone that the operator uses
 * @param optOf another machine, whose installed programs this one uses
 */
export async function setUp({
	settings = {},
	project = copyProject(),
	optOf,
}: {
	settings?: Record<string, string>;
	project?: ReturnType<typeof copyProject>;
	optOf?: { folder: string };
} = {}) {
	const folder = mkdtempSync(join(tmpdir(), 'led-sign-machine-'));
	const home = join(folder, 'var/lib/harper');
	const etc = join(folder, 'etc/harper');
	for (const made of [home, etc]) mkdirSync(made, { recursive: true });
	const free = await freePorts(PORTS.length);
	const portOf = (port: string) => String(free[PORTS.indexOf(port)]);

	/** Replaces the guide's names by those of this machine. */
	const here = (text: string) =>
		text
			.replaceAll('signs.example.org', '127.0.0.1')
			.replaceAll('/opt/harper', join(optOf?.folder ?? folder, 'opt/harper'))
			.replaceAll('/etc/harper', etc)
			.replaceAll('/var/lib/harper', home)
			.replace(/=(9926|9925|8883)\b/g, (_, port: string) => `=127.0.0.1:${portOf(port)}`)
			.replace(/(?<=[: …])(9926|9925|8883|9933)\b/g, portOf);

	const { certificate } = makeCertificate(etc);
	writeFileSync(join(etc, 'ca.pem'), readFileSync(certificate));
	const chosen = Object.entries(settings).reduce(
		(text, [name, value]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`),
		here(blocks(GUIDE, 'sh').find(({ heading }) => heading === 'Settings')!.text)
	);
	writeFileSync(join(etc, 'settings.env'), chosen);
	letInstall({ options: { folder: home } });
	const trust = { CURL_CA_BUNDLE: certificate, NODE_EXTRA_CA_CERTS: certificate };
	// npm names the user's file to what it starts, whatever HOME is
	const npm = { npm_config_userconfig: join(home, '.npmrc') };
	const shell = openShell(project.folder, { ...process.env, HOME: home, ...npm, ...trust });

	/** Runs a command of the guide. It must succeed, except the one that shows a refusal. */
	async function type(command: string, expected: string[] = []): Promise<string> {
		const answer = command.startsWith('read ') ? PASSWORD : undefined;
		const { code, output } = await shell.run(here(command), answer);
		for (const line of expected) expect(output, `${command}\n${output}`).toMatch(pattern(here(line)));
		expect(code === 0, `${command}\n${output}`).toBe(!command.startsWith('mosquitto_pub'));
		if (command.endsWith('harperdb start')) await isUp();
		return output;
	}

	/** Harper reports its start before all of its threads answer with the right certificate. */
	const isUp = () =>
		eventually(
			() =>
				shell.run(
					here('(set -e; for n in {1..20}; do curl -so /dev/null https://signs.example.org:9925/health; done)')
				),
			({ code }) => code === 0,
			60_000
		);

	/** Runs one block of a section. */
	async function follow(heading: string, block = 0, change = (line: string) => line): Promise<void> {
		const { text } = blocks(GUIDE, 'console').filter((found) => found.heading === heading)[block]!;
		for (const { command, expected } of steps(change(text))) await type(command, expected);
	}

	async function remove(): Promise<void> {
		await shell.run('stop_harper');
		await shell.end();
		rmSync(folder, { recursive: true, force: true });
	}

	return {
		folder,
		home,
		etc,
		project,
		here,
		type,
		follow,
		remove,
		run: shell.run,
		/** All signs, sorted by id. */
		signs: async () => JSON.parse(await type('ask -f "$SIGNS/Sign/"')) as Row[],
		mqtt: {
			url: here('mqtts://signs.example.org:8883'),
			options: { ca: readFileSync(certificate), reconnectPeriod: 0 },
		},
	};
}
