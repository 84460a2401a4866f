/** Which of many elements, one below the other, are near the view: found by halving, without a look at all of them. */
import { countBefore } from './order.js';

/**
 * @template T
 * @param {readonly T[]} items in the order of their elements
 * @param {(item: T) => Element} elementOf
 * @returns {T[]} those in view, and those one height of the window above and below it
 */
export function nearView(items, elementOf) {
	const list = /** @type {T[]} */ (items);
	const first = countBefore(list, (item) => elementOf(item).getBoundingClientRect().bottom < -innerHeight);
	const end = countBefore(list, (item) => elementOf(item).getBoundingClientRect().top < 2 * innerHeight);
	return list.slice(first, end);
}
