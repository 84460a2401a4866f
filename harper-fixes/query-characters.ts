/**
 * `+` in a query is a space, and `!` and a bracket that closes nothing are characters of a value, whatever else the query
 * contains. Pure.
 *
 * Symptom: `?location=Gate+2` selects the signs at "Gate 2", but `?location=Gate+2&brightness=gt=1` those at "Gate+2":
 * Harper reads a query without its own comparisons like the fields of a form, and only there `+` is a space.
 * `?location=Open!`, as encodeURIComponent writes it, selects none, or is refused: Harper reads `!` as the start of `!=`.
 * In `?location=sw=)x` the bracket belongs to the value for Harper, too; but empty-query-values.ts would take the value for
 * empty, which selects every sign.
 * Test: test/contract/http-clients.test.ts; test/contract/query.test.ts for the bracket.
 * Depends on: Harper parses queries with the class's own `parseQuery`. In `sort(+field)` it reads `+` as ascending.
 * Delete when Harper reads these characters alike in all queries.
 */

/** A `sort` as a whole; a bracket that opens a group or the arguments of a function; or one of the characters. */
const PARTS = /(?<=^|[&|(])sort\([^)]*\)|((?<=^|[&|[])(?:select|sort|limit)?\()|[()+]|!(?!=)/g;

const ENCODED: Record<string, string | undefined> = { '+': '%20', '!': '%21', ')': '%29' };

/** The same query with these characters percent-encoded. Call it before empty-query-values.ts. */
export function withEncodedCharacters(query: string): string {
	let depth = 0;
	return query.replace(PARTS, (found, opening?: string) => {
		if (opening || (found === '(' && depth)) depth++;
		else if (found === ')' && depth) depth--;
		else return ENCODED[found] ?? found;
		return found;
	});
}
