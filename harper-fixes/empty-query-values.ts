/**
 * A condition without a value, `?location=`, selects by the empty text, whatever else the query contains, and `null` is a value
 * of a field that can be null. Pure.
 *
 * Symptom: `?location=&limit(5)` selects the signs at the location `limit(5)`: Harper searches for a value until it
 * finds one. `?location==` and `?location=ne=` are no conditions for Harper, and select every sign. `?noticeUntil=null` selects the signs that have the text `null`: none.
 * Test: test/contract/query.test.ts.
 * Depends on: Harper parses queries with the class's own `parseQuery`, and reads `==string:` as equal to an empty text.
 * Delete when Harper reads empty values.
 */
import { NULLABLE } from '../sign/fields.ts';

/** A query that Harper reads with its own parser. It reads all others like the fields of a form. */
const HARPER_SYNTAX = /[()[\]|!<>.]|=\w*=/;

/** A comparison at the end of its condition: `=`, `==`, `=ne=`, `!=`, `>=`… */
const WITHOUT_VALUE = /(=\w*=|[!<>]=*|(?<!=)=+)(?=[&|)\]]|$)/g;

/**
 * Comparisons that do not take a typed value, and what replaces them: every text begins with, contains and ends with
 * the empty text.
 */
const TYPED: Record<string, string> = {
	'=': '==',
	'===': '==',
	'!==': '!=',
	'=sw=': '=ge=',
	'=ct=': '=ge=',
	'=ew=': '=ge=',
};

/**
 * Harper reads `null` as a missing value, and fails when it searches for texts that begin with, contain or end with it.
 */
const NULL_AS_TEXT = /(=(?:sw|ct|ew)=)null(?=[&|)\]]|$)/g;

/** A comparison that reads `null` as a text, with a field that can be null. */
const NULL_AS_VALUE = new RegExp(`(?<=(?:^|[&|([])(?:${NULLABLE.join('|')}))(?:===|=|!==)(?=null(?:[&|)\\]]|$))`, 'g');

/** The same query with every empty value written as `string:`, and null where a field can be null. */
export function withEmptyValues(search: string): string {
	const query = search.replace(NULL_AS_VALUE, (comparison) => TYPED[comparison]!);
	if (!HARPER_SYNTAX.test(query)) return query;
	return query
		.replace(WITHOUT_VALUE, (comparison) => `${TYPED[comparison] ?? comparison}string:`)
		.replace(NULL_AS_TEXT, '$1nul%6c');
}
