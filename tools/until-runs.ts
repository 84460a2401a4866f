/**
 * Waits until a deployed application runs: the server has restarted its threads, the application answers, and it is
 * healthy on each thread. A server that restarts may not answer for some seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, operation, reasonOf } from './operations.ts';

const DEFAULTS = { DEPLOY_TIMEOUT: 300 };

/**
 * How long each step of a deployment may take, in s, from DEPLOY_TIMEOUT.
 * @throws when it is not a number above 0
 */
export function readTimeout(): number {
	const seconds = Number(process.env.DEPLOY_TIMEOUT || DEFAULTS.DEPLOY_TIMEOUT);
	if (seconds > 0) return seconds;
	throw new Error(`DEPLOY_TIMEOUT must be seconds, got ${process.env.DEPLOY_TIMEOUT}`);
}

/**
 * @param project the application's name on the server
 * @param server URL of its Operations API
 * @param job id of the server's restart job
 * @returns the addresses of the application
 * @throws when the application does not run; the message has the reason, or what did not happen in time
 */
export async function untilRuns(project: string, server: URL, job: string): Promise<Addresses> {
	await until(`The end of the restart of ${server.host} (job ${job})`, () => hasRestarted(server, job));
	const addresses = await readAddresses(server);
	await until(`An answer of ${addresses.page}Session/ (APPLICATION_URL names another address)`, () =>
		answers(addresses.page)
	);
	await until(`A healthy ${project} on every thread of ${server.host}`, () => isHealthy(project, server));
	return addresses;
}

async function hasRestarted(server: URL, job: string): Promise<boolean> {
	type Job = { status?: string; message?: string };
	const [{ status, message } = {}] = await operation<Job[]>({ operation: 'get_job', id: job }, server);
	if (status === 'ERROR') throw new Failure(`The server could not restart: ${message}`);
	return status === 'COMPLETE';
}

/** Asks the application itself, because only its own error says why it does not run. */
async function answers(page: string): Promise<boolean> {
	const response = await fetch(`${page}Session/`, {
		signal: AbortSignal.timeout(5_000),
	});
	const text = await response.text();
	if (response.ok && text.startsWith('{"user":')) return true;
	if (response.status === 500) throw new Failure(`The application cannot run on the server: ${explain(text)}`);
	throw new Error(`${response.status} ${text.slice(0, 200)}`);
}

async function isHealthy(project: string, server: URL): Promise<boolean> {
	type Component = { name: string; status?: { status: string; message?: string } };
	const { entries } = await operation<{ entries: Component[] }>({ operation: 'get_components' }, server);
	const { status, message } = entries.find(({ name }) => name === project)?.status ?? {};
	if (status === 'error') throw new Failure(`The application failed on the server: ${message}; Harper's log tells why`);
	return status === 'healthy';
}

/** The URLs of the application; `mqtt` is undefined when the server has no port for MQTT. */
export interface Addresses {
	page: string;
	mqtt: string | undefined;
}

/** The ports come from the server's settings, the host from the URL of its Operations API. */
async function readAddresses(server: URL): Promise<Addresses> {
	type Ports = { port?: string | number | null; securePort?: string | number | null };
	type Settings = { http?: Ports; mqtt?: { network?: Ports } };
	const { http, mqtt } = await operation<Settings>({ operation: 'get_configuration' }, server);
	const { hostname } = server;
	const address = (scheme: string, { port, securePort }: Ports = {}) => {
		const chosen = securePort ?? port;
		// a setting can be an address and a port: `127.0.0.1:9926`
		return chosen ? `${scheme}${securePort ? 's' : ''}://${hostname}:${String(chosen).split(':').at(-1)}` : undefined;
	};
	const page = process.env.APPLICATION_URL || address('http', http);
	if (!page) throw new Error('The server has no port for the application: give it http.port or http.securePort');
	return { page: page.replace(/\/*$/, '/'), mqtt: address('mqtt', mqtt?.network) };
}

/** An error after which waiting is useless. */
class Failure extends Error {}

/** Polls until `check` returns true. @throws after the timeout, with `what` and the last error */
async function until(what: string, check: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + readTimeout() * 1000;
	let last = '';
	while (Date.now() < end) {
		try {
			if (await check()) return;
		} catch (error) {
			if (error instanceof Failure) throw error;
			last = `: ${reasonOf(error as Error)}`;
		}
		await sleep(200);
	}
	throw new Error(`${what} did not come within ${readTimeout()} s${last}`);
}
