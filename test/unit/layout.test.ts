/** The rule of the layout: imports point one way, and only one file casts values of Harper. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const filesOf = (folder: string) => globSync(`${folder}/**/*.{ts,js}`, { cwd: ROOT });

const withoutComments = (code: string) => code.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');

/** The folders that each folder may import from, besides itself. */
const LAYERS: Record<string, string[]> = { 'sign': [], 'harper-fixes': ['sign'], 'api': ['harper-fixes', 'sign'] };

/** The imports of a file: the source and the names. */
const importsOf = (file: string) =>
	[...read(file).matchAll(/(?:import|export)\s+(?:type\s+)?({[^}]*}|[\w* ]+)?\s*(?:from\s+)?'([^']+)'/g)].map(
		([, names = '', from]) => ({ from: from!, names: names.match(/\w+/g) ?? [] })
	);

test.for(Object.keys(LAYERS))('%s/ imports from the layers below it only', (folder) => {
	const files = filesOf(folder);
	expect(files.length).toBeGreaterThan(3);
	for (const file of files)
		for (const { from } of importsOf(file).filter(({ from }) => from.startsWith('.'))) {
			const [top] = join(dirname(file), from).split('/');
			expect([folder, ...LAYERS[folder]!], `${file} imports ${from}`).toContain(top);
		}
});

test('sign/ imports nothing of Harper and does no I/O', () => {
	for (const file of filesOf('sign'))
		for (const { from } of importsOf(file)) expect(from, file).toMatch(/^(\.\/|zod$)/);
});

/** Documented members of Harper. internals.ts exports them only for their types. */
const DOCUMENTED = ['type', 'Headers', 'StaticResource', 'accountNow', 'checkPassword'];

test('api/ uses no undocumented member of Harper', () => {
	for (const file of filesOf('api'))
		for (const { from, names } of importsOf(file))
			if (from.endsWith('internals.ts')) expect(DOCUMENTED, file).toEqual(expect.arrayContaining([...names]));
});

test('values of Harper are cast in internals.ts only', () => {
	const files = ['entry.js', 'resources.ts', ...Object.keys(LAYERS).flatMap(filesOf)];
	// `any` is also a word of sentences
	const casting = files.filter((file) => /\bas (any\b|never\b|unknown as\b)/.test(withoutComments(read(file))));
	expect(casting).toEqual(['harper-fixes/internals.ts']);
});

/** Each line of the table in harper-fixes/index.ts: the test, and the function that it applies. */
const FIXES = [...read('harper-fixes/index.ts').matchAll(/test: '([^']+)',\s+deleteWhen: '[^']{10,}/g)].map(
	([, test]) => test!
);

/** Files that several cures share. */
const SUPPORT = /\/(index|internals|bounds|intercept|log-bursts|connection)\.ts$/;

test('every cure names a test that exists, and when it can be deleted', () => {
	expect(FIXES.length).toBe(read('harper-fixes/index.ts').match(/apply:/g)!.length);
	for (const file of FIXES) expect(() => read(file)).not.toThrow();
	for (const file of filesOf('harper-fixes')) {
		const [header] = read(file).split('*/');
		if (SUPPORT.test(file)) continue;
		expect(header, `the header of ${file} must say when it can be deleted`).toMatch(/delete/i);
		for (const [test] of header!.matchAll(/test\/[\w/-]+\.test\.ts/g))
			expect(() => read(test), `${file}`).not.toThrow();
	}
});
