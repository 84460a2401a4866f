/**
 * `npm start`: starts a private Harper on 127.0.0.1, without a login. HTTP_PORT and MQTT_PORT set the ports, DATA_DIR the
 * folder. With OPERATIONS_PORT it also opens Harper's Operations API, which `npm run account` needs. Ctrl-C ends it.
 */
import { startHarper, type Harper } from './harper.ts';
import { localDefaults, dataFolder, readPort } from './settings.ts';

let harper: Harper | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
try {
	const options = {
		...localDefaults(),
		folder: dataFolder(),
		host: '127.0.0.1',
		httpPort: readPort('HTTP_PORT'),
		mqttPort: readPort('MQTT_PORT'),
		...(process.env.OPERATIONS_PORT && { operationsPort: readPort('OPERATIONS_PORT') }),
	};
	console.log('Starting Harper…');
	harper = await startHarper(options);
	harper.process.once('exit', reportExit);
	console.log(hints(harper));
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}

function hints({ url, options, logFile }: Harper): string {
	const port = options.mqttPort === 1883 ? '' : ` -p ${options.mqttPort}`;
	return `
The page     ${url}/
Try          curl -X PUT --json '{"message":"Hello"}' ${url}/Sign/lobby
or           mosquitto_pub -h ${options.host}${port} -t Sign/lobby -m '{"message":"Hello","color":"#00ff00"}'
Harper's log ${logFile}
Ctrl-C ends it; the signs stay in ${options.folder}`;
}

function stop(): void {
	// While it starts, Harper ends with this process.
	if (!harper) process.exit(130);
	harper.process.off('exit', reportExit);
	void harper.stop();
}

function reportExit(code: number | null): void {
	console.error(`Harper ended by itself with ${code}. Its log: ${harper?.logFile}`);
	process.exitCode = 1;
}
