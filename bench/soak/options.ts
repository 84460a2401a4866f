/** The options of `npm run soak`: their defaults, bounds and checks. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readNumbers, textOptions, usageOf, type Rule } from '../numbers.ts';

const RULES = {
	minutes: { default: 10, isFraction: true, min: 0.2, max: 10_000, help: 'how long it takes, about' },
	devices: { default: 50, min: 1, max: 5_000, help: 'devices that show and report, each on a sign' },
	pages: { default: 20, min: 2, max: 1_000, help: 'subscribers of all signs, by turns over SSE, WebSocket and MQTT' },
	rate: { default: 20, min: 1, max: 1_000, help: 'changes per second, all the time' },
	flood: { default: 500, min: 0, max: 10_000, help: 'messages per second of the flood: QoS 0, to one sign' },
	interval: { default: 5, min: 1, max: 600, help: 'seconds between two samples' },
	threads: { default: 2, min: 1, max: 64, help: "Harper's worker threads" },
	mostLost: {
		default: 0,
		min: 0,
		max: 1e6,
		help: 'bound: subscribers whose last value of a sign is not the stored one',
	},
	mostMemory: {
		default: 1.2,
		isFraction: true,
		min: 0,
		max: 100,
		help: 'bound: memory at the end, in times of that after the warm-up',
	},
	mostDescriptors: {
		default: 10,
		min: 0,
		max: 1e5,
		help: 'bound: descriptors at the end beyond those after the warm-up',
	},
	mostDelay: {
		default: 3,
		isFraction: true,
		min: 0,
		max: 1e4,
		help: 'bound: p99 during the flood, in times of that at rest',
	},
	delayFloor: { default: 20, min: 0, max: 1e5, help: 'a p99 below it, in ms, counts as it: timers are no better' },
} as const satisfies Record<string, Rule>;

type Name = keyof typeof RULES;
export type Options = Record<Name, number> & { html: string };

const HTML = join(tmpdir(), 'led-sign-soak.html');

const USAGE = `Usage: npm run soak -- [options]    wears a Harper of its own, on this machine, and says whether it held
${usageOf(RULES)}
  --html            the file for the plots (${HTML})`;

/** @throws when an option is unknown or out of bounds; the message says what to do */
export function readOptions(words: string[]): Options {
	const options = { ...textOptions(RULES), html: { type: 'string' }, help: { type: 'boolean' } } as const;
	const { values } = parseArgs({ args: words, options });
	if (values.help) throw new Error(USAGE);
	return { ...readNumbers(RULES, values), html: values.html || HTML };
}
