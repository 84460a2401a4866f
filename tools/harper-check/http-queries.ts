/** HTTP: queries of a table. */
import { must, newId, outcome, short, type Check } from './check.ts';
import { ask, put } from './clients/http.ts';
import type { Harper } from '../../launcher/harper.ts';

/** The ids that a query selects; the text of the answer when it is refused. */
async function select(harper: Harper, query: string): Promise<string[] | string> {
	const { status, text } = await ask(harper, 'GET', `/Sign/?${query}`);
	if (status !== 200) return `${status} ${text}`;
	return (JSON.parse(text) as { id: string }[]).map(({ id }) => id);
}

const queryCharacters: Check = {
	cure: 'query-characters',
	lane: 'shared',
	async run({ harper }) {
		const [id, place] = [newId('gate'), newId('Gate')];
		await put(harper, id, { location: `${place} 2`, brightness: 3 });
		const alone = await select(harper, `location=${place}+2`);
		must(alone.includes(id), `row by ?location=${place}+2`);
		const both = await select(harper, `location=${place}+2&brightness=gt=1`);
		const seen = `?location=Gate+2 finds "Gate 2"; with &brightness=gt=1 it finds ${both.includes(id) ? 'it' : 'nothing'}`;
		return outcome(!both.includes(id), seen);
	},
};

const emptyQueryValues: Check = {
	cure: 'empty-query-values',
	lane: 'shared',
	async run({ harper }) {
		const [empty, named] = [newId('empty'), newId('named')];
		await put(harper, empty, { location: '' });
		await put(harper, named, { location: 'hall' });
		must((await select(harper, 'location=')).includes(empty), 'row by ?location=');
		const limited = await select(harper, 'location=&limit(1000)');
		const equal = await select(harper, 'location==');
		const seen =
			`?location=&limit(1000) ${limited.includes(empty) ? 'finds' : 'does not find'} the empty location; ` +
			`?location== selects ${equal.includes(named) ? 'also the others' : 'it only'}`;
		return outcome(!limited.includes(empty) || equal.includes(named), seen);
	},
};

const sortedQueries: Check = {
	cure: 'sorted-queries',
	lane: 'shared',
	async run({ harper }) {
		const [place, ids] = [newId('place'), ['a', 'b', 'c'].map((name) => newId(name))];
		for (const [n, id] of ids.entries()) await put(harper, id, { location: place, brightness: [3, 12, 7][n] });
		const all = await select(harper, 'sort(speed)');
		const sorted = await select(harper, `location=${place}&brightness=gt=1&sort(brightness)`);
		const inOrder = String(sorted) === String([ids[0], ids[2], ids[1]]);
		const seen = `?sort(speed) answers ${Array.isArray(all) ? 'rows' : short(all, 50)}`;
		return outcome(
			!Array.isArray(all) || !inOrder,
			`${seen}; brightness=gt=1&sort(brightness) is ${inOrder ? '' : 'not '}sorted`
		);
	},
};

export const HTTP_QUERIES = [queryCharacters, emptyQueryValues, sortedQueries];
