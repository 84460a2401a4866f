/** Links, anchors and file names in the documents must exist. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENTS = globSync('{*,{docs,examples}/*}.md', { cwd: ROOT }).sort();

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** Removes blocks of code, where `#` begins a comment. */
const proseOf = (file: string) => read(file).replace(/^```.*?^```/gms, '');

/** GitHub's anchor of each heading. */
const anchorsOf = (file: string) =>
	[...proseOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
		heading!
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, '')
			.replaceAll(' ', '-')
	);

const linksOf = (file: string) =>
	[...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^\w+:/.test(link));

/** A file in backticks: with its folder, `sign/parse.ts`, or only the name of a TypeScript file, `resources.ts`. */
const filesNamedIn = (document: string) =>
	[...proseOf(document).matchAll(/`((?:[\w-]+\/)+[\w.-]+\.\w+|[\w.-]+\.ts)`/g)].map(([, path]) => path!);

const SOURCES = globSync('{*,{api,bench,device,harper-fixes,launcher,sign,test,tools}/**/*}.ts', { cwd: ROOT });

const exists = (path: string) =>
	path.includes('/') ? existsSync(join(ROOT, path)) : SOURCES.some((file) => basename(file) === path);

test('there are documents to check', () => {
	expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/limits.md']));
	expect(DOCUMENTS.flatMap(linksOf).length).toBeGreaterThan(20);
	expect(DOCUMENTS.flatMap(filesNamedIn).length).toBeGreaterThan(20);
});

test.for(DOCUMENTS)('every link in %s leads somewhere', (document) => {
	for (const link of linksOf(document)) {
		const [path = '', anchor] = link.split('#');
		const file = path ? join(dirname(document), path) : document;
		expect(existsSync(join(ROOT, file)), `${document} links to ${link}`).toBe(true);
		if (anchor !== undefined) expect(anchorsOf(file), `${document} links to ${link}`).toContain(anchor);
	}
});

test.for(DOCUMENTS)('every file that %s names exists', (document) => {
	for (const path of filesNamedIn(document)) expect(exists(path), `${document} names ${path}`).toBe(true);
});
