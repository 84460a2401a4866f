/** The order of the signs: counter-3 comes before counter-13. Pure. */

const collator = new Intl.Collator(undefined, { numeric: true });

/** @param {string} one @param {string} other */
export const compare = (one, other) => collator.compare(one, other) || Number(one > other) - Number(one < other);

/** Signs without a location come last. @param {string} one @param {string} other */
export const compareLocations = (one, other) => Number(!one) - Number(!other) || compare(one, other);

/**
 * How many items of a sorted list come before a place.
 * @template T
 * @param {T[]} sorted
 * @param {(item: T) => boolean} isBefore true for the items before the place, false for all others
 */
export function countBefore(sorted, isBefore) {
	let low = 0;
	for (let high = sorted.length; low < high;) {
		const middle = (low + high) >> 1;
		if (isBefore(/** @type {T} */ (sorted[middle]))) low = middle + 1;
		else high = middle;
	}
	return low;
}

/**
 * @template T
 * @param {T[]} sorted
 * @param {T} item
 * @param {(one: T, other: T) => number} compare
 * @returns {T | undefined} the item that follows it
 */
export function insertSorted(sorted, item, compare) {
	const index = countBefore(sorted, (other) => compare(other, item) < 0);
	sorted.splice(index, 0, item);
	return sorted[index + 1];
}

/**
 * @template T
 * @param {T[]} sorted
 * @param {T} item one of them
 * @param {(one: T, other: T) => number} compare
 */
export function removeSorted(sorted, item, compare) {
	const index = countBefore(sorted, (other) => compare(other, item) < 0);
	sorted.splice(index, 1);
}
