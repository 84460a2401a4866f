/**
 * What the guard against guesses costs a right login where nobody guesses, in CPU time. It is so little that two servers, one
 * without it, do not show it: two that were the same differed by more than a tenth. So the check of a login alone is measured on one
 * thread of a Harper, with the guard and without, in turns; and the whole login beside it, by clients.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { percentile } from '../../bench/statistics.ts';
import { rest, type Account } from './clients.ts';
import { copyProject, PROJECT } from './deployed.ts';
import { connectPacket } from './raw-mqtt.ts';
import { ADMIN, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

/** A copy of the project with one path more, by which it measures itself: `GET /GuardCost/known`, and `/new`. */
export async function startMeasured(): Promise<TemporaryHarper> {
	const copy = copyProject();
	copy.write('entry.js', `${BEFORE}${readFileSync(join(PROJECT, 'entry.js'), 'utf8')}${AFTER}`);
	onTestFinished(copy.remove);
	const harper = await startTemporaryHarper({ application: copy.folder });
	onTestFinished(() => harper.remove());
	return harper;
}

const BEFORE = `import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { server } from 'harperdb';
const { getUser: unguarded } = server;
`;

/** Answers the microseconds of CPU time that the guard takes of a login, in many pairs of measurements. */
const AFTER = `
/** Of all threads, in microseconds: each learns of a login. */
const cpu = () =>
	readdirSync('/proc/self/task')
		.map((task) => Number(readFileSync('/proc/self/task/' + task + '/schedstat', 'utf8').split(' ')[0]) / 1000)
		.reduce((sum, task) => sum + task);
const PAIRS = 60;
const LOGINS = 200;
let addresses = 0;
export class GuardCost {
	static isCollection = () => false;
	static async get(target, { headers }) {
		const isNew = /new/.test(String(target.id ?? target));
		const [username, password] = headers.asObject['x-login'].split(':');
		const socket = { remoteAddress: '10.0.0.1', destroyed: false, once() {} };
		const request = { headers: { asObject: {} }, _nodeRequest: { socket } };
		const time = async (check) => {
			const start = cpu();
			for (let n = 0; n < LOGINS; n++) {
				if (isNew) socket.remoteAddress = ['10', ++addresses >> 16, (addresses >> 8) & 255, addresses & 255].join('.');
				await check(username, password, request);
			}
			await sleep(5); // until the other thread has heard of them
			return (cpu() - start) / LOGINS;
		};
		const differences = [];
		if (server.getUser === unguarded) throw new Error('no guard');
		for (let pair = -PAIRS / 2; pair < PAIRS; pair++) {
			const [guarded, without] = [await time(server.getUser), await time(unguarded)];
			if (pair >= 0) differences.push(guarded - without);
		}
		return differences;
	}
}
`;

/** What the guard takes of a login, in microseconds of CPU time: of credentials that are known at their address, or new there. */
export async function costOf(harper: TemporaryHarper, kind: 'known' | 'new'): Promise<number> {
	const headers = {
		'Authorization': `Basic ${Buffer.from(`${ADMIN.username}:${ADMIN.password}`).toString('base64')}`,
		'X-Login': `${ADMIN.username}:${ADMIN.password}`,
	};
	const response = await fetch(`${harper.url}/GuardCost/${kind}`, { headers });
	if (!response.ok) throw new Error(await response.text());
	return percentile((await response.json()) as number[], 0.5)!;
}

const LOG_IN: Record<string, (harper: TemporaryHarper, account: Account) => Promise<unknown>> = {
	Session: async (harper, account) => (await rest('POST', '/Session', account, null, harper)).json().user,
	MQTT: async ({ mqttUrl }, account) => {
		const socket = connect(Number(new URL(mqttUrl).port), '127.0.0.1');
		socket.write(connectPacket(5, account));
		const [[, , , code]] = (await once(socket, 'data')) as [Buffer];
		if (code !== 0) throw new Error(`refused with ${code}`);
		socket.destroy();
	},
};

/** By the protocol: what a whole login takes, in microseconds of CPU time of the whole server. */
export async function costOfLogins(harper: TemporaryHarper, many = 500): Promise<Record<string, number>> {
	const costs: Record<string, number> = {};
	for (const [protocol, logIn] of Object.entries(LOG_IN)) {
		const once = () => Promise.all(Array.from({ length: 4 }, () => logIn(harper, ADMIN)));
		for (let n = 0; n < many; n += 4) await once(); // until it is compiled
		const start = cpuOf(harper);
		for (let n = 0; n < many; n += 4) await once();
		costs[protocol] = (cpuOf(harper) - start) / many;
	}
	return costs;
}

/** Of all threads, in microseconds. */
function cpuOf({ process: { pid } }: TemporaryHarper): number {
	const tasks = `/proc/${pid}/task`;
	const spent = (task: string) => Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]);
	return readdirSync(tasks).reduce((sum, task) => sum + spent(task), 0) / 1000;
}
