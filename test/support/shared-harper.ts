/**
 * Starts the Harper that the test files share, in production defaults: local clients need a login too, and two threads accept
 * connections. When a test failed it prints the path of the log.
 */
import type { TestProject } from 'vitest/node';
import { startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { keepLog } from './log.ts';

declare module 'vitest' {
	interface ProvidedContext {
		url: string;
		mqttUrl: string;
		operationsUrl: string;
		logFile: string;
	}
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const harper = await startTemporaryHarper();
	project.provide('url', harper.url);
	project.provide('mqttUrl', harper.mqttUrl);
	project.provide('operationsUrl', harper.operationsUrl!);
	project.provide('logFile', harper.logFile);
	return async () => {
		if (project.vitest.state.getCountOfFailedTests() > 0) await keepLog(harper);
		await harper.remove();
	};
}
