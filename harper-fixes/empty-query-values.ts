/**
 * A condition without a value, `?location=`, selects by the empty text, whatever stands beside it in the query.
 *
 * Symptom: `?location=&limit(5)` selects the signs at the location `limit(5)`: Harper looks for a value until it finds one.
 * `?location==` and `?location=ne=` are no condition at all, and select every sign. Test: test/contract/query.test.ts. Asks Harper
 * to parse queries by the class's own `parseQuery`, and to read `==string:` as equal to an empty text. Delete when it
 * reads an empty value. Pure.
 */

/** What makes Harper take its own parser. For the others, which are read like a form's fields, it has that of URLs. */
const HARPERS = /[()[\]|!<>.]|=\w*=/;

/** A comparison at the end of its condition: `=`, `==`, `=ne=`, `!=`, `>=`… */
const WITHOUT_VALUE = /(=\w*=|[!<>]=*|(?<!=)=+)(?=[&|)\]]|$)/g;

/** Those that Harper reads no typed value after; every text begins with, contains and ends with an empty one. */
const TYPED: Record<string, string> = {
	'=': '==',
	'===': '==',
	'!==': '!=',
	'=sw=': '=ge=',
	'=ct=': '=ge=',
	'=ew=': '=ge=',
};

/** Harper reads `null` as no text, and fails when it looks for what begins, contains or ends with that. */
const NULL_AS_TEXT = /(=(?:sw|ct|ew)=)null(?=[&|)\]]|$)/g;

/** The same query with each empty value spelled out. */
export const withEmptyValues = (query: string) =>
	HARPERS.test(query)
		? query
				.replace(WITHOUT_VALUE, (comparison) => `${TYPED[comparison] ?? comparison}string:`)
				.replace(NULL_AS_TEXT, '$1nul%6c')
		: query;
