/**
 * Chooses several signs: by their boxes, by a click with Ctrl or ⌘, and with Shift from the sign that was chosen last. A plain
 * click on a sign does nothing.
 */
import { isDeskOffered } from '../dom.js';

/** What has an action of its own for a click. */
const CONTROLS = 'button, a, input, label, summary';

/**
 * @param {HTMLElement} wall
 * @param {import('../selection.js').Selection} selection
 * @param {() => string[]} shownIds
 */
export function setUpChoosing(wall, selection, shownIds) {
	/** The sign that was chosen last: Shift chooses from there. */
	let last = '';

	/** @param {string} id @param {boolean} isRange */
	const choose = (id, isRange) => {
		const ids = isRange ? range(shownIds(), last, id) : [];
		if (ids.length) selection.set([...selection.ids, ...ids]);
		else selection.toggle(id);
		last = id;
	};
	wall.addEventListener('click', (event) => {
		const target = /** @type {Element} */ (event.target);
		const id = target.closest('article')?.getAttribute('data-id');
		if (!id || !isDeskOffered()) return;
		if (target.matches('.choose input')) {
			choose(id, event.shiftKey);
			// The browser has switched the box; with Shift its sign may have been chosen before.
			/** @type {HTMLInputElement} */ (target).checked = selection.has(id);
		} else if (!target.closest(CONTROLS) && (event.shiftKey || event.ctrlKey || event.metaKey)) {
			choose(id, event.shiftKey);
		}
	});
	// Otherwise a click with Shift selects the text from the last click to this one.
	wall.addEventListener('mousedown', (event) => {
		if (event.shiftKey && !(/** @type {Element} */ (event.target).closest(CONTROLS))) event.preventDefault();
	});
}

/** The ids from one to another, in their order. Empty when one of them is not shown. @param {string[]} ids @param {string} from @param {string} to */
function range(ids, from, to) {
	const [start, end] = [ids.indexOf(from), ids.indexOf(to)].sort((one, other) => one - other);
	return start === undefined || end === undefined || start < 0 ? [] : ids.slice(start, end + 1);
}
