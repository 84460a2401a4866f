/** What Harper reads wrongly in a query without an error: open brackets, and functions where they have no effect. Pure. */
import type { Conditions } from '../harper-fixes/sorted-queries.ts';

/** A bracket that opens a group or the arguments of a function, with what is before it; or any round bracket. */
const ROUND = /((?<=^|[&|[])(?:select|sort|limit)?\()|[()]/g;

const countOf = (text: string, character: string) => text.split(character).length - 1;

/** Whether a query ends within a bracket: Harper closes it. In a value a round bracket is a character. */
export function hasOpenBracket(search: string): boolean {
	let depth = 0;
	for (const [found, opening] of search.replace(/^\?/, '').matchAll(ROUND)) {
		if (found === ')') depth = Math.max(0, depth - 1);
		else if (depth > 0 || opening) depth++;
	}
	return depth > 0 || countOf(search, '[') > countOf(search, ']');
}

/** A function beside `|`: Harper reads it as one beside `&`. */
export const hasFunctionBesideOr = (search: string) =>
	/\|(?:limit|sort|select)\(|(?<=^\??|[&|(])(?:limit|sort|select)\([^()]*\)\|/.test(search);

export const FUNCTION_PARTS = ['select', 'limit', 'offset', 'sort'] as const;

/** Whether a function stands in brackets, where Harper ignores it. */
export const hasFunctionInGroup = ({ conditions = [] }: Conditions): boolean =>
	conditions.some((condition) => {
		const group = condition as Conditions;
		if (!group.conditions) return false;
		return FUNCTION_PARTS.some((part) => Object.hasOwn(group, part)) || hasFunctionInGroup(group);
	});
