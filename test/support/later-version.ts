/** A later version of this project, with new fields; and a check that every reader gets a row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { rest, subscribers, type Row } from './clients.ts';
import { copyProject, PROJECT } from './deployed.ts';

/** The new fields with their defaults: one with an index, one without, and one that can be null. */
export const LATER = { laterNumber: 5, laterText: 'none', laterEnd: null as string | null };

/** The lines of the new fields: one in each place for each field, after the line of `location`. */
const LINES = {
	'sign/fields.ts': [
		`laterNumber: wholeNumber(1, 9).default(5),`,
		`laterText: text(64, 'must be a short string').default('none'),`,
		`laterEnd: end.default(null),`,
	],
	'schema.graphql': ['laterNumber: Int! @indexed', 'laterText: String!', 'laterEnd: String'],
	'web/fields.js': [
		`{ name: 'laterNumber', label: 'Later number', kind: 'range', attributes: { min: '1', max: '9' } },`,
		`{ name: 'laterText', label: 'Later text', kind: 'text' },`,
		`{ name: 'laterEnd', label: 'Later end', kind: 'end' },`,
	],
};

/** Copies the project, with the new fields, and with a stricter rule for `brightness`. */
export function copyLaterVersion() {
	const copy = copyProject();
	for (const [file, lines] of Object.entries(LINES)) {
		const text = readFileSync(join(PROJECT, file), 'utf8');
		const changed = text
			.replace(LAST_FIELD, `$&${lines.join('\n')}\n`)
			.replace('wholeNumber(0, 15)', 'wholeNumber(0, 9)');
		expect(changed.split('\n').length).toBe(text.split('\n').length + lines.length);
		copy.write(file, changed);
	}
	return copy;
}

const LAST_FIELD = /^.*\blocation\b.*(default\(|@indexed|kind:).*\n/m;

/** The row that each reader gets, by the reader's name. */
async function readEverywhere(id: string): Promise<Record<string, Row>> {
	const json = async (path: string) => (await rest('GET', path)).json();
	const one = (rows: Row[]) => rows.find((row) => row.id === id)!;
	const own = await json(`/Sign/${id}`);
	const events = subscribers.map(async ({ name, open }) => {
		const { row } = await (await open(id)).until(() => true);
		return [name, row!] as const;
	});
	return {
		'GET of one': own,
		'GET of all': one(await json('/Sign/')),
		'GET by query': one(await json(`/Sign/?id=${id}`)),
		'GET by query, sorted': one(await json(`/Sign/?id=${id}&sort(-location)&limit(5)`)),
		'GET with select': one(await json(`/Sign/?id=${id}&select(${Object.keys(own)})`)),
		...Object.fromEntries(await Promise.all(events)),
	};
}

/** Fails unless every reader gets `row`. */
export async function expectEverywhere<R extends { id: string }>(row: R): Promise<void> {
	for (const [name, read] of Object.entries(await readEverywhere(row.id)))
		expect({ [name]: read }).toEqual({ [name]: row });
}

/** The fields of a row that docs/operations.md exports. */
export const exportOf = (row: Row) =>
	Object.fromEntries(Object.entries(row).filter(([field]) => !NOT_EXPORTED.includes(field)));

const NOT_EXPORTED = ['revision', 'updatedAt', 'online', 'shownRevision'];
