/** The options of `npm run compare`: their defaults, bounds and checks. */
import { parseArgs } from 'node:util';
import { readNumbers, textOptions, usageOf, type Rule } from '../numbers.ts';
import { TARGETS, type TargetName } from './targets/target.ts';
import { WORKS } from './works/index.ts';

const RULES = {
	rounds: { default: 3, quick: 1, min: 1, max: 50, help: 'how often each target is measured, in turn' },
	seconds: { default: 5, quick: 0.3, isFraction: true, min: 0.2, max: 60, help: 'length of each load, in s' },
	minutes: { default: 120, quick: 3, min: 1, max: 1_440, help: 'after this time it ends without figures' },
} as const satisfies Record<string, Rule>;

/** Measured only if `--only` names it. */
const OPTIONAL: TargetName = 'bare-table-1';
const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];
const WORK_NAMES = WORKS.map(({ name }) => name);

export interface Options extends Record<keyof typeof RULES, number> {
	targets: TargetName[];
	works: string[];
	/** Whether a commit of PostgreSQL waits for the disk. */
	syncs: boolean;
	smoke: boolean;
	json: boolean;
	html: string | undefined;
}

const USAGE = `Usage: npm run compare -- [options]    compares this application with what it replaces, on this machine
${usageOf(RULES)}
  --only              some targets and works, with commas between them; by default all but ${OPTIONAL}
                      targets: ${TARGET_NAMES.join(', ')}
                      works: ${WORK_NAMES.join(', ')}
  --no-fsync          PostgreSQL does not wait for the disk: like Harper, it then survives a kill, and no power cut
  --html              a file for a report with plots
  --json              prints one JSON object instead of a table
  --smoke             everything small, less than a minute: shows that it works; its figures are worth nothing`;

/** @throws when an option is unknown or out of bounds; the message says what to do */
export function readOptions(words: string[]): Options {
	const { values } = parseArgs({
		args: words,
		options: {
			...textOptions(RULES),
			'only': { type: 'string' },
			'html': { type: 'string' },
			'no-fsync': { type: 'boolean' },
			'json': { type: 'boolean' },
			'smoke': { type: 'boolean' },
			'help': { type: 'boolean' },
		},
	});
	if (values.help) throw new Error(USAGE);
	const smoke = values.smoke === true;
	return {
		...readNumbers(RULES, values, smoke),
		...readOnly(values.only),
		syncs: values['no-fsync'] !== true,
		smoke,
		json: values.json === true,
		html: values.html,
	};
}

/** Without a target among the names all are measured, and without a work all works are. */
function readOnly(text: string | undefined): Pick<Options, 'targets' | 'works'> {
	const names = text?.split(',').map((name) => name.trim()) ?? [];
	const all = [...TARGET_NAMES, ...WORK_NAMES];
	for (const name of names)
		if (!all.includes(name)) throw new Error(`--only must name some of ${all.join(', ')}; got "${name}"`);
	const targets = TARGET_NAMES.filter((name) => names.includes(name));
	const works = WORK_NAMES.filter((name) => names.includes(name));
	return {
		targets: targets.length ? targets : TARGET_NAMES.filter((name) => name !== OPTIONAL),
		works: works.length ? works : WORK_NAMES,
	};
}
