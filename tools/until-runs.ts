/**
 * Waits until a deployed application runs on the server: its threads are new, it answers, and each thread has it. A
 * server that restarts may answer nothing for some seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, operation, reasonOf } from './operations.ts';

const DEFAULTS = { DEPLOY_TIMEOUT: 300 };

/**
 * How long each step of a deployment may take, in s: by DEPLOY_TIMEOUT.
 * @throws when that is no number above 0
 */
export function patience(): number {
	const seconds = Number(process.env.DEPLOY_TIMEOUT || DEFAULTS.DEPLOY_TIMEOUT);
	if (seconds > 0) return seconds;
	throw new Error(`DEPLOY_TIMEOUT must be seconds, got ${process.env.DEPLOY_TIMEOUT}`);
}

/**
 * @param project its name on the server
 * @param server its Operations API
 * @param job the server's restart
 * @returns where it answers
 * @throws when it does not run; the text says why, or what did not come in time
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

/** The application itself is asked: only there is it told why it does not run. */
async function answers(page: string): Promise<boolean> {
	const response = await fetch(`${page}Session/`, {
		signal: AbortSignal.timeout(5_000),
	});
	const said = await response.text();
	if (response.ok && said.startsWith('{"user":')) return true;
	if (response.status === 500) throw new Failure(`The application cannot run on the server: ${explain(said)}`);
	throw new Error(`${response.status} ${said.slice(0, 200)}`);
}

async function isHealthy(project: string, server: URL): Promise<boolean> {
	type Component = { name: string; status?: { status: string; message?: string } };
	const { entries } = await operation<{ entries: Component[] }>({ operation: 'get_components' }, server);
	const { status, message } = entries.find(({ name }) => name === project)?.status ?? {};
	if (status === 'error') throw new Failure(`The application failed on the server: ${message}; Harper's log tells why`);
	return status === 'healthy';
}

/** Where the application answers. */
export interface Addresses {
	page: string;
	mqtt: string | undefined;
}

/** By the server's own settings, on the host that it was asked at. */
async function readAddresses(server: URL): Promise<Addresses> {
	type Ports = { port?: string | number | null; securePort?: string | number | null };
	type Settings = { http?: Ports; mqtt?: { network?: Ports } };
	const { http, mqtt } = await operation<Settings>({ operation: 'get_configuration' }, server);
	const { hostname } = server;
	const address = (scheme: string, { port, securePort }: Ports = {}) => {
		const chosen = securePort ?? port;
		// `127.0.0.1:9926` is an address to listen at, and a port
		return chosen ? `${scheme}${securePort ? 's' : ''}://${hostname}:${String(chosen).split(':').at(-1)}` : undefined;
	};
	const page = process.env.APPLICATION_URL || address('http', http);
	if (!page) throw new Error('The server has no port for the application: give it http.port or http.securePort');
	return { page: page.replace(/\/*$/, '/'), mqtt: address('mqtt', mqtt?.network) };
}

/** What no waiting mends. */
class Failure extends Error {}

/** Asks until it is so. */
async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + patience() * 1000;
	let last = '';
	while (Date.now() < end) {
		try {
			if (await ask()) return;
		} catch (error) {
			if (error instanceof Failure) throw error;
			last = `: ${reasonOf(error as Error)}`;
		}
		await sleep(200);
	}
	throw new Error(`${what} did not come within ${patience()} s${last}`);
}
