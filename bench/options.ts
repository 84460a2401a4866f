/** What `npm run bench` can be told: the defaults, and the one place that checks them. Touches nothing. */
import { parseArgs } from 'node:util';

interface Rule {
	value: number;
	quick?: number;
	least: number;
	most: number;
	what: string;
}

/** Each option with its default, its value for --quick, and its bounds: a run is bounded in count and time by them. */
const RULES = {
	signs: { value: 2_000, quick: 100, least: 10, most: 100_000, what: 'signs in the table' },
	// not more changes than devices, when quick: each sign has one, and its figures do not depend on how fast a report is
	devices: { value: 300, quick: 20, least: 1, most: 5_000, what: 'devices connected over MQTT, each on a sign' },
	viewers: { value: 100, quick: 5, least: 1, most: 5_000, what: 'viewers of all signs (SSE)' },
	rate: { value: 40, quick: 20, least: 1, most: 1_000, what: 'changes per second while latency is measured' },
	writers: { value: 16, quick: 4, least: 1, most: 500, what: 'connections that write as fast as they go' },
	seconds: { value: 6, quick: 1, least: 1, most: 120, what: 'length of each load, in s' },
	rest: {
		value: 15,
		quick: 1,
		least: 1,
		most: 120,
		what: 'length of each look at what rests; a heartbeat comes every 15 s',
	},
	threads: { value: 2, least: 1, most: 64, what: "Harper's worker threads" },
	port: { value: 0, least: 0, most: 65_535, what: "Harper's HTTP port; 0: a free one" },
	viewersPort: { value: 0, least: 0, most: 65_535, what: 'port of your own proxy before it, for viewers; 0: none' },
	perHour: { value: 6, least: 0, most: 36_000, what: 'of the fleets to size: changes of a sign per hour' },
	signsPerViewer: { value: 100, least: 1, most: 1_000_000, what: 'of the fleets to size: signs for each viewer' },
	headroom: { value: 50, least: 0, most: 90, what: 'of the fleets to size: per cent of a node that stay free' },
} as const satisfies Record<string, Rule>;

/** What all viewers together are told when they connect, and keep in the memory of this process. */
const MOST_ROWS = 2_000_000;

type Name = keyof typeof RULES;
export type Options = Record<Name, number> & { quick: boolean; json: boolean };

const NAMES = Object.keys(RULES) as Name[];

/** --viewers-port for viewersPort. */
const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const USAGE = `Usage: npm run bench -- [options]    measures a Harper of its own, on this machine
${NAMES.map((name) => `  --${flag(name).padEnd(18)}${RULES[name].what} (${RULES[name].value})`).join('\n')}
  --quick             less of everything, about 20 s: shows that it works; its figures are worth nothing
  --json              prints one JSON object instead of tables`;

/** @throws when an option is unknown or out of bounds; the text says what to do */
export function readOptions(words: string[]): Options {
	const texts = Object.fromEntries(NAMES.map((name) => [flag(name), { type: 'string' as const }]));
	const { values } = parseArgs({
		args: words,
		options: { ...texts, quick: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
	});
	if (values.help) throw new Error(USAGE);
	const quick = values.quick === true;
	const numbers = NAMES.map((name) => [
		name,
		readNumber(name, (values as Record<string, string | undefined>)[flag(name)], quick),
	]);
	const options = { ...Object.fromEntries(numbers), quick, json: values.json === true } as Options;
	if (options.devices >= options.signs)
		throw new Error(`--devices must be less than --signs, ${options.signs}, got ${options.devices}`);
	if (options.viewers * options.signs > MOST_ROWS)
		throw new Error(
			`--viewers times --signs must be at most ${MOST_ROWS}: each viewer is told each sign; got ${options.viewers * options.signs}`
		);
	return options;
}

function readNumber(name: Name, text: string | undefined, isQuick: boolean): number {
	const rule: Rule = RULES[name];
	if (text === undefined) return (isQuick ? rule.quick : undefined) ?? rule.value;
	const number = Number(text);
	if (text.trim() && Number.isInteger(number) && number >= rule.least && number <= rule.most) return number;
	throw new Error(`--${flag(name)} must be a whole number from ${rule.least} to ${rule.most}, got "${text}"`);
}
