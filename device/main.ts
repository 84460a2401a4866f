/**
 * `npm run sign`: one or more virtual signs in this terminal, which do what a device on a wall does. Ends with q or
 * Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { parseId, type Change, type ToldRow } from '../sign.ts';
import { SignDevice, type Display } from './device.ts';
import { plainDisplay } from './plain.ts';
import { Terminal, type Action } from './terminal.ts';

const DEFAULTS = { url: 'mqtt://127.0.0.1:1883' };
const MOST = 10_000;
const USAGE = `Usage: npm run sign -- <id> …            shows these signs in the terminal
       npm run sign -- <id> --count <n>  shows <id>-1 to <id>-<n>; without <id> sign-1 to sign-<n>
  --url    mqtt://, mqtts://, ws:// or wss:// and the server (${DEFAULTS.url})
  --plain  prints a line for each state
An account that is named like its sign needs SIGN_PASSWORD. A server with a certificate of its own is trusted by
NODE_EXTRA_CA_CERTS.`;

interface Sign {
	device: SignDevice;
	display: Display;
	/** What the presses add up to, with the revision that they make: the server's word for it is still to come. */
	wanted?: ToldRow | undefined;
}
const signs = new Map<string, Sign>();
let terminal: Terminal | undefined;

try {
	start(readArguments());
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}

function readArguments() {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			url: { type: 'string', default: DEFAULTS.url },
			plain: { type: 'boolean' },
			count: { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) throw new Error(USAGE);
	const ids = (values.count === undefined ? positionals : generated(positionals, values.count)).map(parseId);
	if (!ids.length) throw new Error(USAGE);
	if (new Set(ids).size < ids.length) throw new Error('each sign is shown once: an id stands twice');
	if (!/^(mqtts?|wss?):\/\/[^/]/.test(values.url) || !URL.canParse(values.url))
		throw new Error(`--url must be mqtt://, mqtts://, ws:// or wss:// and a server, got ${values.url}`);
	return { ids, url: values.url, isPlain: values.plain || !process.stdout.isTTY };
}

function generated([name = 'sign', ...rest]: string[], count: string): string[] {
	const length = Number(count);
	if (rest.length) throw new Error('--count goes with one name');
	if (Number.isInteger(length) && length > 0 && length <= MOST)
		return Array.from({ length }, (_, i) => `${name}-${i + 1}`);
	throw new Error(`--count must be a whole number from 1 to ${MOST}, got ${count}`);
}

function start({ ids, url, isPlain }: ReturnType<typeof readArguments>): void {
	if (!isPlain) terminal = new Terminal(press);
	for (const id of ids) {
		const display = terminal?.display(id) ?? plainDisplay(id);
		const device = new SignDevice({ id, url, password: process.env.SIGN_PASSWORD, display });
		signs.set(id, { device, display });
	}
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
	// a reader that is gone: `npm run sign … | head`
	process.stdout.on('error', end);
}

/** A button of a sign. What it does is seen when the server says it. */
function press(id: string, action: Action): void {
	if (action === 'quit') return void end();
	const sign = signs.get(id)!;
	const said = sign.device.row;
	if (!said) return;
	const row = sign.wanted && sign.wanted.revision > said.revision ? sign.wanted : said;
	const change = changeFor(action, row);
	sign.wanted = { ...row, ...change, revision: row.revision + 1 };
	sign.device.write(change).catch((error: Error) => {
		sign.wanted = undefined;
		sign.display.refused(error.message);
	});
}

function changeFor(action: Action, { power, brightness }: ToldRow): Change {
	if (action === 'power') return { power: !power };
	return { brightness: Math.min(15, Math.max(0, brightness + (action === 'brighter' ? 1 : -1))) };
}

let ending: Promise<unknown> | undefined;

function end(): void {
	terminal?.close();
	ending ??= Promise.all([...signs.values()].map(({ device }) => device.end())).finally(() => process.exit());
}
