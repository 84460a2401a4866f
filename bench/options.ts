/** The options of `npm run bench`: their defaults, bounds and checks. */
import { parseArgs } from 'node:util';
import { readNumbers, textOptions, usageOf, type Rule } from './numbers.ts';

/** The bounds limit the size and the time of a run. */
const RULES = {
	signs: { default: 2_000, quick: 100, min: 10, max: 100_000, help: 'signs in the table' },
	// With --quick there are as many devices as changes, so that each sign changes once: then no figure depends on how fast a device reports.
	devices: { default: 300, quick: 20, min: 1, max: 5_000, help: 'devices connected over MQTT, each on a sign' },
	viewers: { default: 100, quick: 5, min: 1, max: 5_000, help: 'viewers of all signs (SSE)' },
	rate: { default: 40, quick: 20, min: 1, max: 1_000, help: 'changes per second while latency is measured' },
	writers: { default: 16, quick: 4, min: 1, max: 500, help: 'connections that write as fast as they go' },
	seconds: { default: 6, quick: 1, min: 1, max: 120, help: 'length of each load, in s' },
	rest: {
		default: 15,
		quick: 1,
		min: 1,
		max: 120,
		help: 'length of each look at what rests; a heartbeat comes every 15 s',
	},
	threads: { default: 2, min: 1, max: 64, help: "Harper's worker threads" },
	port: { default: 0, min: 0, max: 65_535, help: "Harper's HTTP port; 0: a free one" },
	viewersPort: { default: 0, min: 0, max: 65_535, help: 'port of your own proxy before it, for viewers; 0: none' },
	perHour: { default: 6, min: 0, max: 36_000, help: 'of the fleets to size: changes of a sign per hour' },
	signsPerViewer: { default: 100, min: 1, max: 1_000_000, help: 'of the fleets to size: signs for each viewer' },
	headroom: { default: 50, min: 0, max: 90, help: 'of the fleets to size: per cent of a node that stay free' },
} as const satisfies Record<string, Rule>;

/** Rows that all viewers together receive when they connect, and store in the memory of this process. */
const MAX_ROWS = 2_000_000;

type Name = keyof typeof RULES;
export type Options = Record<Name, number> & { quick: boolean; json: boolean };

const USAGE = `Usage: npm run bench -- [options]    measures a Harper of its own, on this machine
${usageOf(RULES)}
  --quick             less of everything, about 20 s: shows that it works; its figures are worth nothing
  --json              prints one JSON object instead of tables`;

/** @throws when an option is unknown or out of bounds; the message says what to do */
export function readOptions(words: string[]): Options {
	const { values } = parseArgs({
		args: words,
		options: {
			...textOptions(RULES),
			quick: { type: 'boolean' },
			json: { type: 'boolean' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) throw new Error(USAGE);
	const quick = values.quick === true;
	const options = { ...readNumbers(RULES, values, quick), quick, json: values.json === true };
	if (options.devices >= options.signs)
		throw new Error(`--devices must be less than --signs, ${options.signs}, got ${options.devices}`);
	if (options.viewers * options.signs > MAX_ROWS)
		throw new Error(
			`--viewers times --signs must be at most ${MAX_ROWS}: each viewer is told each sign; got ${options.viewers * options.signs}`
		);
	return options;
}
