/** The global in which Harper looks for the tables of a role. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { shareTables } from '../../harper-fixes/known-tables.ts';

const databases = { data: { Sign: {} } };

test('a thread that has no tables in the global gets them', () => {
	const global: { hdb_schema?: unknown } = {};
	shareTables(global, databases);
	expect(global.hdb_schema).toBe(databases);
});

test("Harper's own tables in the global stay", () => {
	const own = { data: {} };
	const global = { hdb_schema: own };
	shareTables(global, databases);
	expect(global.hdb_schema).toBe(own);
});

test('Harper loads the classes, which set the global, before the roles', () => {
	const config = readFileSync(resolve(import.meta.dirname, '../../config.yaml'), 'utf8');
	const blocks = [...config.matchAll(/^(\w+):/gm)].map(([, name]) => name);
	expect(blocks.indexOf('jsResource')).toBeGreaterThan(-1);
	expect(blocks.indexOf('roles')).toBeGreaterThan(blocks.indexOf('jsResource'));
});
