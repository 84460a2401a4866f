/**
 * `npm run cluster`: starts the three nodes of a cluster on 127.0.0.2 to 127.0.0.4, without a login. HTTP_PORT, MQTT_PORT
 * and OPERATIONS_PORT set the ports, DATA_DIR the folder. Ctrl-C ends all nodes.
 */
import { join } from 'node:path';
import { clusterOptions, startNodes } from './cluster.ts';
import type { Harper } from './harper.ts';
import { localDefaults, dataFolder, readPort } from './settings.ts';

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

let nodes: Harper[] | undefined;
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
try {
	const folder = join(dataFolder(), 'cluster');
	const options = clusterOptions(ADDRESSES, {
		...localDefaults(),
		folder,
		httpPort: readPort('HTTP_PORT'),
		mqttPort: readPort('MQTT_PORT'),
		operationsPort: readPort('OPERATIONS_PORT'),
	});
	console.log('Starting three nodes…\n');
	nodes = await startNodes(options);
	for (const node of nodes) {
		console.log(addresses(node));
		node.process.once('exit', (code, signal) => reportExit(node, code ?? signal!));
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
	const [first, second, third] = nodes as [Harper, Harper, Harper];
	const { host, mqttPort } = third.options;
	const port = mqttPort === 1883 ? '' : ` -p ${mqttPort}`;
	return `
Hear         mosquitto_sub -h ${host}${port} -t Sign/lobby
and change   curl -X PUT --json '{"message":"Hello"}' ${first.url}/Sign/lobby
Take one     kill -9 ${second.process.pid}
Ctrl-C ends all; the signs stay in ${folder}`;
}

function stop(): void {
	// While they start, the nodes end with this process.
	if (!nodes) process.exit(130);
	isEnding = true;
	for (const node of nodes) void node.stop();
}

function reportExit({ options, logFile }: Harper, status: number | string): void {
	if (isEnding) return;
	const isAnyRunning = nodes!.some(({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null);
	if (!isAnyRunning) process.exitCode = 1;
	const others = isAnyRunning ? 'the others go on' : 'none is left';
	console.error(`Node ${options.host} ended by itself with ${status}; ${others}. Its log: ${logFile}`);
}
