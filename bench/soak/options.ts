/** What `npm run soak` can be told: the defaults and bounds, and the one place that checks them. Touches nothing. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Rule {
	value: number;
	least: number;
	most: number;
	what: string;
}

const RULES = {
	minutes: { value: 10, least: 0.2, most: 10_000, what: 'how long it takes, about' },
	devices: { value: 50, least: 1, most: 5_000, what: 'devices that show and report, each on a sign' },
	pages: { value: 20, least: 2, most: 1_000, what: 'subscribers of all signs, by turns over SSE, WebSocket and MQTT' },
	rate: { value: 20, least: 1, most: 1_000, what: 'changes per second, all the time' },
	flood: { value: 500, least: 0, most: 10_000, what: 'messages per second of the flood: QoS 0, to one sign' },
	interval: { value: 5, least: 1, most: 600, what: 'seconds between two samples' },
	threads: { value: 2, least: 1, most: 64, what: "Harper's worker threads" },
	mostLost: {
		value: 0,
		least: 0,
		most: 1e6,
		what: 'bound: subscribers whose last value of a sign is not the stored one',
	},
	mostMemory: { value: 1.2, least: 0, most: 100, what: 'bound: memory at the end, in times of that after the warm-up' },
	mostDescriptors: {
		value: 10,
		least: 0,
		most: 1e5,
		what: 'bound: descriptors at the end beyond those after the warm-up',
	},
	mostDelay: { value: 3, least: 0, most: 1e4, what: 'bound: p99 during the flood, in times of that at rest' },
	delayFloor: { value: 20, least: 0, most: 1e5, what: 'a p99 below it, in ms, counts as it: timers are no better' },
} as const satisfies Record<string, Rule>;

type Name = keyof typeof RULES;
export type Options = Record<Name, number> & { html: string };

const NAMES = Object.keys(RULES) as Name[];
const HTML = join(tmpdir(), 'led-sign-soak.html');

/** --most-lost for mostLost. */
const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const USAGE = `Usage: npm run soak -- [options]    wears a Harper of its own, on this machine, and says whether it held
${NAMES.map((name) => `  --${flag(name).padEnd(18)}${RULES[name].what} (${RULES[name].value})`).join('\n')}
  --html            the file for the plots (${HTML})`;

/** @throws when an option is unknown or out of bounds; the text says what to do */
export function readOptions(words: string[]): Options {
	const texts = Object.fromEntries([...NAMES, 'html'].map((name) => [flag(name), { type: 'string' as const }]));
	const { values } = parseArgs({ args: words, options: { ...texts, help: { type: 'boolean' } } });
	if (values.help) throw new Error(USAGE);
	const given = values as Record<string, string | undefined>;
	const numbers = Object.fromEntries(NAMES.map((name) => [name, readNumber(name, given[flag(name)])]));
	return { ...(numbers as Record<Name, number>), html: given.html || HTML };
}

function readNumber(name: Name, text: string | undefined): number {
	const { value, least, most }: Rule = RULES[name];
	if (text === undefined) return value;
	const number = Number(text);
	const isWhole = name === 'minutes' || name === 'mostMemory' || name === 'mostDelay' || Number.isInteger(number);
	if (text.trim() && isWhole && number >= least && number <= most) return number;
	const kind = isWhole ? 'number' : 'whole number';
	throw new Error(`--${flag(name)} must be a ${kind} from ${least} to ${most}, got "${text}"`);
}
