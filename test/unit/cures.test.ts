/** The questions of the cures, with plain objects of the shapes that Harper can have: each cure is on, off, or refuses. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, planFor, type Form, type Harper, type Members } from '../../harper-fixes/asks.ts';
import { QUESTIONS, REQUIRED, type CureName } from '../../harper-fixes/questions.ts';

const NAMES = Object.keys(QUESTIONS) as CureName[];
const functionOf = (parameters: number) => Object.defineProperty(() => {}, 'length', { value: parameters });
const there = (form: Form) =>
	typeof form === 'number' ? functionOf(form) : { function: () => {}, object: {}, array: [] }[form];
const inWords = (form: Form) => (typeof form === 'number' ? `a function with ${form} parameters` : `of type ${form}`);
const otherThan = (form: Form) => (typeof form === 'number' ? functionOf(form + 1) : 'another form');

/** A Harper with these members; `change` replaces the member of a path. */
function harperWith(all: Members[], change: Record<string, unknown> = {}): Harper {
	const harper: Record<string, never> & Harper = { server: {}, sign: {} } as never;
	const members = Object.assign({}, ...all) as Members;
	// the longer paths last: an owner keeps what is below it
	for (const path of Object.keys(members).sort((a, b) => a.length - b.length)) {
		const names = path.split('.');
		const last = names.pop()!;
		const owner = names.reduce<Record<string, any>>((parent, name) => (parent[name] ??= {}), harper);
		owner[last] = path in change ? change[path] : there(members[path]!);
	}
	return harper;
}

const whole = Object.values(QUESTIONS);

test('on a Harper with all members each cure is applied', () => {
	expect(planFor(harperWith(whole), QUESTIONS, REQUIRED)).toEqual({ present: NAMES, absent: [], problems: [] });
});

describe.each(NAMES)('%s', (name) => {
	const question: Members = QUESTIONS[name];

	test.each(Object.entries(question))('asks for %s', (path, form) => {
		const one = { [name]: question } as Record<CureName, Members>;
		const without = planFor(harperWith([question], { [path]: undefined }), one, REQUIRED);
		expect(without.absent).toEqual([name]);
		// without what the cure mends it is off; without another member of it the application would write wrongly
		const mended = REQUIRED[name];
		expect(without.problems).toEqual(
			mended && mended !== path ? [`${name}: ${path} must be ${inWords(form)}, and is absent`] : []
		);
		const other = planFor(harperWith([question], { [path]: otherThan(form) }), one, REQUIRED);
		expect(other).toMatchObject({ present: [], absent: [] });
		expect(other.problems).toEqual([expect.stringContaining(`${name}: ${path} must be `)]);
	});
});

test('on Harper 5 the cures for replication are off, and the others are applied', () => {
	const { absent, problems } = planFor(
		harperWith(whole, {
			'sign.sources': undefined,
			'sign.prototype._writeUpdate': functionOf(5),
			'sign.primaryStore.resetReadTxn': undefined,
		}),
		QUESTIONS,
		REQUIRED
	);
	expect(absent.toSorted()).toEqual([
		'late-writes',
		'read-snapshots',
		'replicated-authors',
		'replication-progress',
		'structure-updates',
	]);
	expect(problems).toEqual([]);
});

test('a row of Harper, which throws for a name that it does not have, lacks that member', () => {
	class Row {
		#fields = {};
		get fields() {
			return this.#fields;
		}
	}
	const throwing = new Proxy({}, { get: (_target, name, row: Row) => Object(row.fields)[name] });
	Object.setPrototypeOf(Row.prototype, throwing);
	expect(ask({ server: {}, sign: Row }, { 'sign.prototype._writeUpdate': 4 })).toBe('absent');
});

test('where nodes replicate, the application does not start without a member of late-writes', () => {
	const { problems } = planFor(harperWith(whole, { 'sign.prototype._writeUpdate': undefined }), QUESTIONS, REQUIRED);
	expect(problems).toEqual([
		'late-writes: sign.prototype._writeUpdate must be a function with 4 parameters, and is absent',
	]);
});

test('where nothing replicates, late-writes is off whatever the form of a write', () => {
	const { problems } = planFor(
		harperWith(whole, { 'sign.sources': undefined, 'sign.prototype._writeDelete': undefined }),
		QUESTIONS,
		REQUIRED
	);
	expect(problems).toEqual([]);
});

test('each cure that index.ts applies has a question, and each question a line in the README of the folder', () => {
	const read = (file: string) => readFileSync(resolve(import.meta.dirname, '../../harper-fixes', file), 'utf8');
	const applied = [...read('index.ts').matchAll(/\t\tname: '([\w/-]+)'/g)].map(([, name]) => name!);
	for (const name of applied) expect(NAMES).toContain(name);
	for (const name of NAMES) expect(read('README.md'), name).toContain(`\`${name}\``);
});
