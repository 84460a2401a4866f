/**
 * A query sorts by any field. Pure.
 *
 * Symptoms: Harper refuses to sort by a field without an index when there is no condition. When a condition names the
 * field that the query sorts by, and that field has no index, the rows come in the order of their ids. So they do when
 * the query sorts by a date: Harper cannot compare two. `id=ne=x`, `id=ct=x` and `id=ew=x` with `sort` answer 200 with
 * `[{"error":"Error: A key is required for get…"}]`: the search for them finds ids, where the sort expects rows.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: Harper searches with what the class's `parseQuery` returns. A group of conditions names no field itself.
 * Harper looks a field to sort by up by its name, and reads the value by its elements if it is an object. Of conditions
 * that must all match it searches for the one that few rows match; the others filter what it finds.
 * Delete when Harper sorts by every field.
 */

export interface Conditions {
	conditions?: unknown[] | undefined;
	operator?: string | undefined;
}

/** The first field to sort by, and the next ones. */
export interface Sort {
	attribute: unknown;
	next?: Sort;
}

/** What a query sorts by. Without `sort(…)` the member is a method of URLSearchParams. */
export const sortOf = ({ sort }: { sort?: unknown }) => (typeof sort === 'object' ? (sort as Sort) : undefined);

/** The timestamp of the latest write, which is a number, in the place of its date. */
const UPDATED_AT = { length: 1, 0: '$updatedtime', toString: () => 'updatedAt' };

/** Changes a query with `sort` so that Harper sorts what it selects. */
export function sortByAnyField<Q extends Conditions & { sort?: unknown; allowFullScan?: boolean }>(query: Q): Q {
	const first = sortOf(query);
	if (!first) return query;
	for (let sort: Sort | undefined = first; sort; sort = sort.next)
		if (sort.attribute === 'updatedAt') sort.attribute = UPDATED_AT;
	query.allowFullScan = true;
	const { conditions = [], operator } = query;
	if (conditions.some(scansIds)) wrap(query, [EVERY_ROW, { conditions, operator }]);
	else if (conditions.length) wrap(query, [...conditions], operator);
	return query;
}

/** In front of conditions for which Harper would search all ids. */
const EVERY_ROW = { attribute: 'id', comparator: 'gt', value: true };

/** Makes the conditions one group. */
const wrap = (query: Conditions, conditions: unknown[], operator?: string) =>
	Object.assign(query, { conditions: [{ conditions, operator }], operator: undefined });

function scansIds(condition: unknown): boolean {
	const { attribute, comparator = '', conditions } = condition as Conditions & Sort & { comparator?: string };
	if (conditions) return conditions.some(scansIds);
	return (attribute ?? 'id') === 'id' && /^(?:ne|not_equal|ct|ew)$/.test(comparator);
}
