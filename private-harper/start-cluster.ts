/**
 * `npm run cluster`: three nodes of one cluster on 127.0.0.2 to 127.0.0.4, without a login. Ports by HTTP_PORT, MQTT_PORT
 * and OPERATIONS_PORT, data by DATA_DIR. Ctrl-C ends them all.
 */
import { join } from 'node:path';
import { nodesOf, startNodes } from './cluster.ts';
import type { Harper } from './harper.ts';
import { atHome, dataFolder, readPort } from './settings.ts';

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

let nodes: Harper[] | undefined;
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
try {
	const folder = join(dataFolder(), 'cluster');
	const options = nodesOf(ADDRESSES, {
		...atHome(),
		folder,
		httpPort: readPort('HTTP_PORT'),
		mqttPort: readPort('MQTT_PORT'),
		operationsPort: readPort('OPERATIONS_PORT'),
	});
	console.log('Starting three nodes…\n');
	nodes = await startNodes(options);
	for (const node of nodes) {
		console.log(addresses(node));
		node.process.once('exit', (code, signal) => ended(node, code ?? signal!));
	}
	console.log(hints(nodes, folder));
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}

function addresses({ url, mqttUrl, operationsUrl }: Harper): string {
	return `page ${url}/   REST ${url}/Sign/   MQTT ${mqttUrl}   operations ${operationsUrl}`;
}

function hints(nodes: Harper[], folder: string): string {
	const [first, between, last] = nodes as [Harper, Harper, Harper];
	const { host, mqttPort } = last.options;
	const port = mqttPort === 1883 ? '' : ` -p ${mqttPort}`;
	return `
Hear         mosquitto_sub -h ${host}${port} -t Sign/lobby
and change   curl -X PUT --json '{"message":"Hello"}' ${first.url}/Sign/lobby
Take one     kill -9 ${between.process.pid}
Ctrl-C ends all; the signs stay in ${folder}`;
}

function stop(): void {
	// Still starting: the nodes go with this process.
	if (!nodes) process.exit(130);
	isEnding = true;
	for (const node of nodes) void node.stop();
}

function ended({ options, logFile }: Harper, how: number | string): void {
	if (isEnding) return;
	const isLeft = nodes!.some(({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null);
	if (!isLeft) process.exitCode = 1;
	const others = isLeft ? 'the others go on' : 'none is left';
	console.error(`Node ${options.host} ended by itself with ${how}; ${others}. Its log: ${logFile}`);
}
