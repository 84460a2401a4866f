/** The filter in the page's address: a wall of one hall is a link. */
import { writeFilter } from './filter.js';

/** In ms. Safari refuses more than a hundred changes of the address in 30 s. */
const DELAY = 300;

let timer = 0;

/** @param {import('./filter.js').Filter} filter */
export function showInAddress(filter) {
	clearTimeout(timer);
	timer = window.setTimeout(() => {
		const query = writeFilter(filter, location.search);
		if (query !== location.search)
			history.replaceState(history.state, '', `${location.pathname}${query}${location.hash}`);
	}, DELAY);
}
