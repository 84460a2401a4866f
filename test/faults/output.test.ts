/**
 * Breaks: the program that reads Harper's output ends.
 * Promise: the server goes on, and its log does not report the broken output.
 */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { eventually } from '../support/feed.ts';

test('a server whose output nobody reads goes on, and does not fill its log', async () => {
	const harper = await startTemporaryHarper({ logsWrongLogins: true });
	onTestFinished(() => harper.remove());
	harper.process.stdout!.destroy();
	harper.process.stderr!.destroy();
	const get = async (account: typeof ADMIN) => {
		const response = await fetch(`${harper.url}/Sign/`, { headers: { Authorization: basic(account) } });
		return response.status;
	};
	// each of these writes a line to the output and to the log
	const names = ['nobody-1', 'nobody-2', 'nobody-3'];
	for (const username of names) expect(await get({ username, password: 'wrong' })).toBe(401);
	const log = await eventually(
		async () => readFileSync(harper.logFile, 'utf8'),
		(text) => names.every((name) => text.includes(name))
	);
	expect(await get(ADMIN)).toBe(200);
	expect(log).not.toContain('EPIPE');
});
