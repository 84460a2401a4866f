/** `npm run sign`: shows one or more signs in this terminal, as devices do. q or Ctrl-C ends it. */
import { parseArgs } from 'node:util';
import type { Change, SignJson } from '../sign/fields.ts';
import { parseId } from '../sign/parse.ts';
import { SignDevice, type Display } from './device.ts';
import { plainDisplay } from './plain.ts';
import { Terminal, type Action } from './terminal.ts';

const DEFAULTS = { url: 'mqtt://127.0.0.1:1883' };
const MAX_COUNT = 10_000;
const USAGE = `Usage: npm run sign -- <id> …            shows these signs in the terminal
       npm run sign -- <id> --count <n>  shows <id>-1 to <id>-<n>; without <id> sign-1 to sign-<n>
  --url    mqtt://, mqtts://, ws:// or wss:// and the server (${DEFAULTS.url})
  --plain  prints a line for each state
An account that is named like its sign needs SIGN_PASSWORD. A server with a certificate of its own is trusted by
NODE_EXTRA_CA_CERTS.`;

interface Sign {
	device: SignDevice;
	display: Display;
	/** The row after the key presses so far, with the revision that they lead to. The server's events may still be behind it. */
	expected?: SignJson | undefined;
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
	const ids = (values.count === undefined ? positionals : generatedIds(positionals, values.count)).map(parseId);
	if (!ids.length) throw new Error(USAGE);
	if (new Set(ids).size < ids.length) throw new Error('each sign is shown once: an id stands twice');
	if (!/^(mqtts?|wss?):\/\/[^/]/.test(values.url) || !URL.canParse(values.url))
		throw new Error(`--url must be mqtt://, mqtts://, ws:// or wss:// and a server, got ${values.url}`);
	return { ids, url: values.url, isPlain: values.plain || !process.stdout.isTTY };
}

function generatedIds([name = 'sign', ...rest]: string[], count: string): string[] {
	const length = Number(count);
	if (rest.length) throw new Error('--count goes with one name');
	if (Number.isInteger(length) && length > 0 && length <= MAX_COUNT)
		return Array.from({ length }, (_, i) => `${name}-${i + 1}`);
	throw new Error(`--count must be a whole number from 1 to ${MAX_COUNT}, got ${count}`);
}

function start({ ids, url, isPlain }: ReturnType<typeof readArguments>): void {
	if (!isPlain) terminal = new Terminal(press);
	for (const id of ids) {
		const display = terminal?.display(id) ?? plainDisplay(id);
		const device = new SignDevice({ id, url, password: process.env.SIGN_PASSWORD, display });
		signs.set(id, { device, display });
	}
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
	// the reader of the pipe has ended, as in `npm run sign … | head`
	process.stdout.on('error', end);
}

/** A key press. The display shows its effect when the server's event arrives. */
function press(id: string, action: Action): void {
	if (action === 'quit') return void end();
	const sign = signs.get(id)!;
	const received = sign.device.row;
	if (!received) return;
	const row = sign.expected && sign.expected.revision > received.revision ? sign.expected : received;
	const change = changeFor(action, row);
	sign.expected = { ...row, ...change, revision: row.revision + 1 };
	sign.device.write(change).catch((error: Error) => {
		sign.expected = undefined;
		sign.display.refused(error.message);
	});
}

function changeFor(action: Action, { power, brightness }: SignJson): Change {
	if (action === 'power') return { power: !power };
	return { brightness: Math.min(15, Math.max(0, brightness + (action === 'brighter' ? 1 : -1))) };
}

let ending: Promise<unknown> | undefined;

function end(): void {
	terminal?.close();
	ending ??= Promise.all([...signs.values()].map(({ device }) => device.end())).finally(() => process.exit());
}
