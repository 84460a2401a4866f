/** Lines of code and settings that somebody has to write and keep, without comments and blank lines. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BARE_CONFIG, exportedSchema } from '../targets/harper.ts';
import { mosquittoSettings } from '../targets/mosquitto.ts';
import type { Target } from '../targets/target.ts';
import type { Work } from '../work.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const APPLICATION = ['schema.graphql', 'roles.yaml', 'config.yaml', 'entry.js', 'resources.ts', '{sign,api}/**/*.ts'];
const CURES = ['harper-fixes/**/*.{ts,js}'];
const SERVICE = ['bench/compare/targets/service/*[!d].ts'];

export const code: Work = {
	name: 'code',
	title: 'What somebody has to write',
	about:
		'Lines without comments and blank ones. The application has accounts, a page, a cluster and the cures of its runtime in them; the service has none of these.',
	needsSigns: true,
	isOnce: true,
	metrics: {
		lines: { label: 'lines of code and settings', unit: '', better: 'less' },
		cures: { label: "of them cures of the runtime's defects", unit: '', better: 'less' },
	},
	run: async ({ target }) => ({ values: LINES[target.name.replace(/-\d$/, '')]!(target) }),
};

const LINES: Record<string, (target: Target) => Record<string, number>> = {
	'application': () => ({ lines: linesIn([...APPLICATION, ...CURES]), cures: linesIn(CURES) }),
	'bare-table': () => ({ lines: countLines(exportedSchema()) + countLines(BARE_CONFIG), cures: 0 }),
	'stitched': () => ({ lines: linesIn(SERVICE) + countLines(mosquittoSettings('/var/lib/mosquitto', 1883)), cures: 0 }),
};

const linesIn = (patterns: string[]) =>
	globSync(patterns, { cwd: ROOT }).reduce(
		(sum, file) => sum + countLines(readFileSync(resolve(ROOT, file), 'utf8')),
		0
	);

/** Lines that are neither blank nor only a comment of TypeScript, GraphQL or YAML. */
const countLines = (text: string) =>
	text
		.replaceAll(/^\s*\/\*.*?\*\//gms, '')
		.split('\n')
		.filter((line) => !/^\s*($|\/\/|#)/.test(line)).length;
