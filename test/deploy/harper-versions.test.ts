/** docs/operations.md, upgrade and roll-back of Harper itself: from the previous version to the guide's version, and back. */
import { expect, onTestFinished, test } from 'vitest';
import { setUp } from '../support/machine.ts';

const NOW = '4.7.29';
const BEFORE = '4.7.26';

test('Harper is upgraded by the guide and rolled back: signs and accounts stay', { timeout: 600_000 }, async () => {
	const machine = await setUp();
	onTestFinished(async () => {
		await machine.remove();
		machine.project.remove();
	});
	const toBefore = (lines: string) => lines.replaceAll(NOW, BEFORE);
	await machine.follow('Install', 0, toBefore);
	await machine.follow('Install', 1);
	await machine.type('ACCOUNT_PASSWORD=dark npm run -s account -- sign_device cellar');
	const write = (message: string) =>
		machine.type(`curl -sSf -u cellar:dark -X PATCH --json '{"message":"${message}"}' "$SIGNS/Sign/cellar"`);
	await write('by the old one');

	await machine.follow('Upgrade and roll back', 1);
	expect((await machine.type('harperdb version')).trim()).toBe(NOW);
	expect(await machine.signs()).toMatchObject([{ id: 'cellar', message: 'by the old one', revision: 1 }]);
	await write('by the new one');

	await machine.follow('Upgrade and roll back', 1, toBefore);
	expect((await machine.type('harperdb version')).trim()).toBe(BEFORE);
	expect(await machine.signs()).toMatchObject([{ id: 'cellar', message: 'by the new one', revision: 2 }]);
	await write('by the old one again');
});
