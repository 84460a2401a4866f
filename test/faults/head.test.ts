/** A HEAD of signs ends the read transaction that Harper begins for it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addComponent } from '../../launcher/component.ts';
import { removeFolder, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';
import { rest, useServer } from '../support/clients.ts';

/** A second component: `GET /Searches/` answers how many searches of signs have begun, and how many have ended. */
const SEARCHES = `const counts = { begun: 0, ended: 0 };
const { search } = tables.Sign.prototype;
tables.Sign.prototype.search = function (...args) {
	const rows = search.apply(this, args);
	const { onDone } = rows;
	if (!onDone) return rows;
	counts.begun++;
	rows.onDone = () => (counts.ended++, onDone());
	return rows;
};
export class Searches { static get() { return { ...counts }; } static isCollection = () => false; }
`;

const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
let harper: TemporaryHarper;
beforeAll(async () => {
	addComponent(folder, 'searches', SEARCHES);
	harper = await startTemporaryHarper({ folder, threads: 1 });
	useServer(harper);
	for (const id of ['a', 'b', 'c']) await rest('PUT', `/Sign/${id}`, { location: 'hall' });
});
afterAll(async () => {
	await harper?.remove();
	await removeFolder(folder);
});

const searches = async () => (await rest('GET', '/Searches/')).json() as { begun: number; ended: number };

test.for(['/Sign/', '/Sign/?location=hall', '/Sign/?sort(-speed)&select(id)'])(
	'HEAD %s ends its search',
	async (path) => {
		const before = await searches();
		for (const method of ['GET', 'HEAD', 'HEAD']) expect((await rest(method, path)).status).toBe(200);
		const { begun, ended } = await searches();
		expect(begun).toBe(before.begun + 3);
		expect(ended).toBe(begun);
	}
);
