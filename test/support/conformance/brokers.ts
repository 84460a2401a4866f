/** The servers under test: Harper with this application, and mosquitto, on which each statement must hold as well. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../launcher/ports.ts';
import { makeCertificate } from '../certificate.ts';
import { eventually } from '../feed.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../../launcher/temporary-harper.ts';
import { keepLog } from '../log.ts';
import { awaitStartWills } from '../start-wills.ts';
import type { Broker } from './client.ts';

export interface RunningBroker extends Broker {
	remove(): Promise<void>;
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'led-sign-conformance-'));
const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true });

/** It has several threads, so that the connections of a session may be on different threads. */
export async function startHarperBroker(): Promise<
	RunningBroker & { harper: TemporaryHarper; keepLog(): Promise<void> }
> {
	const folder = newFolder();
	const [httpsPort, mqttsPort] = await freePorts(2);
	const harper = await startTemporaryHarper({
		tls: { httpsPort: httpsPort!, mqttsPort: mqttsPort!, ...makeCertificate(folder) },
	});
	await awaitStartWills(harper);
	const { mqttPort, httpPort } = harper.options;
	return {
		name: 'Harper',
		ports: { TCP: mqttPort, TLS: mqttsPort!, WebSocket: httpPort },
		account: ADMIN,
		harper,
		keepLog: () => keepLog(harper),
		async remove() {
			await harper.remove();
			await removeFolder(folder);
		},
	};
}

const MOSQUITTO = '/usr/sbin/mosquitto';
export const hasMosquitto = existsSync(MOSQUITTO);

/** @param extraLines more lines of its configuration file, such as a bridge */
export async function startMosquitto(
	extraLines: string[] = [],
	account = ADMIN
): Promise<RunningBroker & { log(): string }> {
	const folder = newFolder();
	const [tcp, tls, webSocket] = await freePorts(3);
	const { certificate, privateKey } = makeCertificate(folder);
	const passwords = join(folder, 'passwords');
	execFileSync('mosquitto_passwd', ['-b', '-c', passwords, account.username, account.password]);
	const lines = [
		'allow_anonymous false',
		`password_file ${passwords}`,
		`listener ${tcp} 127.0.0.1`,
		`listener ${tls} 127.0.0.1`,
		`certfile ${certificate}`,
		`keyfile ${privateKey}`,
		`listener ${webSocket} 127.0.0.1`,
		'protocol websockets',
		...(process.getuid?.() === 0 ? ['user root'] : []),
		...extraLines,
	];
	const file = join(folder, 'mosquitto.conf');
	writeFileSync(file, `${lines.join('\n')}\n`);
	const child = spawn(MOSQUITTO, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
	let log = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
	const ended = new Promise((done) => child.once('exit', done));
	await eventually(() => isListening(tcp!), Boolean).catch((cause) => {
		throw new Error(`mosquitto does not start: ${log}`, { cause });
	});
	return {
		name: 'mosquitto',
		ports: { TCP: tcp!, TLS: tls!, WebSocket: webSocket! },
		account,
		log: () => log,
		async remove() {
			child.kill();
			await ended;
			await removeFolder(folder);
		},
	};
}

const isListening = (port: number) =>
	new Promise<boolean>((done) => {
		const socket = connect(port, '127.0.0.1', () => (socket.destroy(), done(true)));
		socket.on('error', () => done(false));
	});
