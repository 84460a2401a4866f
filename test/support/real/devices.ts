/** The clients of docs/devices.md, as they stand there: each block is started with the id, account and port of a test. */
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { mqttUrl, type Account } from '../clients.ts';
import { Feed } from '../feed.ts';
import { blocks } from '../guide.ts';
import { startNodeRed, writeTo, type FlowNode } from './node-red.ts';
import { hasJq, hasMosquittoClients, hasNodeRed, hasPaho, PYTHON, start, startMosquittoClient } from './programs.ts';

const GUIDE = 'docs/devices.md';
export type Version = 4 | 5;

export interface Device {
	/** What it prints of what it receives. */
	lines: Feed<string>;
	publish(text: string): unknown;
	/** Ends its process, and with it the connection, without a DISCONNECT. */
	vanish(): unknown;
}

export interface RealClient {
	name: string;
	isThere: boolean;
	start(account: Account, version: Version): Device | Promise<Device>;
}

/** The rows of the guide's table, of MQTT 3.1.1 and of MQTT 5. */
const REPLACED = [...readFileSync(GUIDE, 'utf8').matchAll(/^\| (\w[\w.-]+) \| `(.+)` \| `(.+)` \|$/gm)].map(
	([, client, from, to]) => ({ client: client!, from: from!, to: to! })
);

/** @param under the heading of the block */
function blockOf(under: string, language: string, version: Version, clients: string[], n = 0): string {
	let text = blocks(GUIDE, language).filter(({ heading }) => heading === under)[n]!.text;
	if (version === 4) return text;
	for (const { client, from, to } of REPLACED.filter(({ client }) => clients.includes(client))) {
		if (!text.includes(from)) throw new Error(`${GUIDE}: ${from} of ${client} stands in no line under ${under}`);
		text = text.replaceAll(from, to);
	}
	return text;
}

const port = () => new URL(mqttUrl).port;
const onThisServer = (text: string, { username, password }: Account) =>
	text.replaceAll('door', username).replaceAll('secret', password).replaceAll('1883', port());

function startScript(command: string, words: string[]): Device {
	const { child, lines, stdin } = start(command, words);
	return {
		lines,
		publish: (text) => stdin.write(`${text}\n`),
		vanish: () => child.kill('SIGKILL'),
	};
}

const MOSQUITTO: RealClient = {
	name: "mosquitto's tools",
	isThere: hasMosquittoClients && hasJq,
	start(account, version) {
		const block = blockOf("mosquitto's tools", 'sh', version, ['mosquitto_sub', 'mosquitto_pub']);
		const text = onThisServer(block, account).replaceAll('127.0.0.1', `127.0.0.1 -p ${port()}`);
		const { child, lines } = start('bash', ['-c', text], { detached: true });
		createInterface(child.stderr!).on('line', (line) => lines.push(line));
		return {
			lines,
			publish: (text) =>
				startMosquittoClient('pub', version, ['-t', `Sign/${account.username}`, '-q', '1', '-m', text], account),
			vanish: () => process.kill(-child.pid!, 'SIGKILL'),
		};
	},
};

const PAHO: RealClient = {
	name: 'paho 1.6',
	isThere: hasPaho,
	start: (account, version) =>
		startScript(PYTHON, ['-c', onThisServer(blockOf('Python: paho 1.6', 'python', version, ['paho']), account)]),
};

const MQTT_JS: RealClient = {
	name: 'MQTT.js 5',
	isThere: true,
	start: (account, version) =>
		startScript(process.execPath, [
			'--input-type=module',
			'-e',
			onThisServer(blockOf('MQTT.js', 'js', version, ['MQTT.js']), account),
		]),
};

/** @param n 0 is the device, 1 the dashboard */
export function flowOf(version: Version, account: Account, n: 0 | 1): FlowNode[] {
	return JSON.parse(onThisServer(blockOf('Node-RED', 'json', version, ['Node-RED'], n), account)) as FlowNode[];
}

const NODE_RED: RealClient = {
	name: 'Node-RED',
	isThere: hasNodeRed,
	async start(account, version) {
		const flow = flowOf(version, account, 0);
		const id = account.username;
		const { child, lines, write } = await startNodeRed([...flow, ...writeTo(`${id}-tab`, `${id}-publish`)], account);
		return { lines, publish: write, vanish: () => child.kill('SIGKILL') };
	},
};

export const DEVICES: RealClient[] = [MOSQUITTO, PAHO, MQTT_JS, NODE_RED];
