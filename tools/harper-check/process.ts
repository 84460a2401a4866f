/** What ends the process, or keeps it busy. Each starts a Harper of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { newId, outcome, waitFor, type Check } from './check.ts';
import { ask } from './clients/http.ts';
import { readLog } from './harpers.ts';

/** Twenty nested arrays that announce 30 million items each. */
const BOMB = Buffer.from('9a01c9c380'.repeat(20), 'hex');

const decoders: Check = {
	cure: 'decoders',
	lane: 'own',
	async run({ start, onEnd }) {
		const harper = await start();
		onEnd(() => harper.kill());
		const headers = { 'Content-Type': 'application/cbor' };
		const { status } = await ask(harper, 'PUT', '/Sign/x', { headers, body: BOMB, account: null, wait: 3_000 });
		const ended = await waitFor(
			() => harper.process.signalCode ?? harper.process.exitCode ?? undefined,
			status ? 500 : 2_000
		);
		const isAlive = ended === undefined && (await ask(harper, 'GET', '/Sign/?limit(1)')).status === 200;
		const seen =
			ended !== undefined ? `Harper ends with ${ended}` : isAlive ? `status ${status}` : 'Harper answers no more';
		return outcome(!isAlive, `${BOMB.length} bytes of CBOR without a login: ${seen}`);
	},
};

const brokenOutput: Check = {
	cure: 'broken-output',
	lane: 'own',
	async run({ start }) {
		const harper = await start();
		for (const stream of [harper.process.stdout, harper.process.stderr]) stream!.destroy();
		await ask(harper, 'GET', '/Sign/', { account: { username: newId('nobody'), password: 'wrong' } });
		await sleep(1_500);
		const count = readLog(harper).match(/EPIPE/g)?.length ?? 0;
		await harper.kill();
		return outcome(count > 0, `nobody reads Harper's output: after one line, its log has EPIPE ${count} times`);
	},
};

export const PROCESS = [decoders, brokenOutput];
