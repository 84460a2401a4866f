/** Acknowledged writes survive a kill of the server. */
import { FIELDS } from '../../sign/fields.ts';
import { expect, onTestFinished, test } from 'vitest';
import { startHarper } from '../../launcher/harper.ts';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';

test('no acknowledged write is lost when the server is killed', { timeout: 120_000 }, async () => {
	const first = await startTemporaryHarper();
	onTestFinished(() => first.remove());
	const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/json' };
	const acknowledged: number[] = Array(8).fill(-1);
	let killed = false;
	const writers = acknowledged.map(async (_, sign) => {
		for (let n = 0; !killed; n++) {
			const body = JSON.stringify({ message: `${n}` });
			const response = await fetch(`${first.url}/Sign/s${sign}`, { method: 'PATCH', headers, body }).catch(
				() => undefined
			);
			if (!response?.ok) return;
			acknowledged[sign] = n;
			if (n === 100) killed = true;
		}
	});
	await Promise.race(writers);
	await first.kill();
	await Promise.all(writers);

	const second = await startHarper(first.options);
	onTestFinished(() => second.stop());
	for (const [sign, n] of acknowledged.entries()) {
		const row = await (await fetch(`${second.url}/Sign/s${sign}`, { headers })).json();
		// the last write may have been stored although the server died before its answer
		expect([n, n + 1]).toContain(Number(row.message));
		expect(Object.keys(row)).toHaveLength(FIELDS.length);
	}
});
