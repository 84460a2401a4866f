/**
 * Chooses a content type by an Accept header [RFC 9110, 12.5.1]: type names in any case, parameters, q-values,
 * wildcards. Pure.
 * Part of answer-types.ts: delete them together.
 */

/** One element of the header. */
interface Range {
	type: string;
	/** 0 to 1; 0 excludes the type. */
	quality: number;
}

/** An element ends at a comma that is not in a quoted string. */
const ELEMENTS = /(?:[^,"]|"(?:\\.|[^"\\])*"?)+/g;

/**
 * The best of the offered types; undefined when none is acceptable. That with the highest q-value; of those with the
 * same, one that the header names comes before one that a wildcard matches; then the order in the header counts, then
 * that of the offer. Parameters other than q do not matter. Without a header every type is acceptable.
 * @param offered in lower case, the preferred one first
 */
export function chooseType(accept: string | undefined, offered: readonly string[]): string | undefined {
	if (!accept?.trim() || accept === '*/*') return offered[0];
	if (offered.includes(accept)) return accept;
	const ranges = rangesOf(accept);
	const ranked = offered.map((type) => ({ type, ...rank(type, ranges) })).filter(({ quality }) => quality > 0);
	// the sort is stable: at last the order of the offer counts
	ranked.sort((a, b) => b.quality - a.quality || b.precision - a.precision || a.position - b.position);
	return ranked[0]?.type;
}

/**
 * Whether the header names a type, with a q-value above 0 that is no lower than that of each of the others. A wildcard names
 * no type.
 * @param type in lower case
 */
export function prefers(accept: string | undefined, type: string, others: readonly string[]): boolean {
	if (!accept?.toLowerCase().includes(type)) return false;
	const ranges = rangesOf(accept);
	const { quality, precision } = rank(type, ranges);
	return precision === NAMED && quality > 0 && others.every((other) => rank(other, ranges).quality <= quality);
}

const rangesOf = (accept: string) => (accept.match(ELEMENTS) ?? []).map(toRange);

function toRange(element: string): Range {
	const [type, ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
	const value = parameters.map((parameter) => /^q\s*=\s*(.*)$/.exec(parameter)?.[1]).find((q) => q !== undefined);
	const quality = Number(value ?? 1);
	// a q-value that is no number is ignored
	return { type: type!, quality: Number.isNaN(quality) ? 1 : Math.min(quality, 1) };
}

/** The precision of a range that names the type itself. */
const NAMED = 2;

/** The most precise range that matches counts, whatever its q-value: `text/*;q=0.3, text/csv;q=0`. */
function rank(type: string, ranges: Range[]): { quality: number; precision: number; position: number } {
	const matching = ['*/*', type.replace(/\/.*/, '/*'), type];
	for (let precision = matching.length - 1; precision >= 0; precision--) {
		const position = ranges.findIndex((range) => range.type === matching[precision]);
		if (position >= 0) return { quality: ranges[position]!.quality, precision, position };
	}
	return { quality: 0, precision: 0, position: 0 };
}
