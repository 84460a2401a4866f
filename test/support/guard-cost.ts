/**
 * Measures the CPU time that the guard against guesses adds to a right login while nobody guesses. Comparing two servers, with and
 * without the guard, does not show it: two equal servers differed by more than a tenth. So this measures only the check of a login, on
 * one thread of a Harper, in turns with the guard and without; and the whole login separately, with clients.
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

/** Starts a copy of the project that can measure itself: `GET /GuardCost/known` and `/new`. */
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

/** Answers the microseconds of CPU time that the guard adds to a login, for many pairs of measurements. */
const AFTER = `
/** CPU time of all threads in microseconds: each thread receives every login. */
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
		const request = { headers: { asObject: {} }, _nodeRequest: { socket, headers: {} } };
		const time = async (check) => {
			const start = cpu();
			for (let n = 0; n < LOGINS; n++) {
				if (isNew) socket.remoteAddress = ['10', ++addresses >> 16, (addresses >> 8) & 255, addresses & 255].join('.');
				await check(username, password, request);
			}
			await sleep(5); // until the other thread has received the logins
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

/** The CPU time in microseconds that the guard adds to a login, with credentials that are known at the address, or new there. */
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

/** The CPU time in microseconds that a whole login takes on the server, by protocol. */
export async function costOfLogins(harper: TemporaryHarper, many = 500): Promise<Record<string, number>> {
	const costs: Record<string, number> = {};
	for (const [protocol, logIn] of Object.entries(LOG_IN)) {
		const once = () => Promise.all(Array.from({ length: 4 }, () => logIn(harper, ADMIN)));
		for (let n = 0; n < many; n += 4) await once(); // until the code is compiled
		const start = cpuOf(harper);
		for (let n = 0; n < many; n += 4) await once();
		costs[protocol] = (cpuOf(harper) - start) / many;
	}
	return costs;
}

/** CPU time of all threads, in microseconds. */
function cpuOf({ process: { pid } }: TemporaryHarper): number {
	const tasks = `/proc/${pid}/task`;
	const spent = (task: string) => Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]);
	return readdirSync(tasks).reduce((sum, task) => sum + spent(task), 0) / 1000;
}
