/**
 * The keys of the wall: `/` goes to the search, the arrows go through the signs, Enter opens one at the desk, the space bar
 * chooses it, Escape goes back. The focus itself moves, so that a screen reader follows.
 */
import { byId } from '../dom.js';

const FORWARD = ['ArrowDown', 'ArrowRight'];
const ARROWS = [...FORWARD, 'ArrowUp', 'ArrowLeft'];

/**
 * @param {object} wall
 * @param {() => string[]} wall.shownIds
 * @param {(id: string) => void} wall.focus
 * @param {(id: string) => void} wall.edit
 * @param {(id: string) => void} wall.toggle
 * @param {() => void} wall.clear removes the filters
 */
export function setUpKeyboard(wall) {
	const search = /** @type {HTMLInputElement} */ (byId('search'));

	/** @param {KeyboardEvent} event @returns {boolean} whether the key was used */
	const handleInSearch = ({ key }) => {
		const [first] = wall.shownIds();
		if (key === 'Escape') wall.clear();
		else if (key === 'ArrowDown' && first) wall.focus(first);
		else if (key === 'Enter' && first) wall.edit(first);
		else return false;
		return true;
	};

	/** @param {KeyboardEvent} event @param {Element} article @returns {boolean} */
	const handleInArticle = ({ key, target }, article) => {
		const id = article.getAttribute('data-id') ?? '';
		if (ARROWS.includes(key)) {
			const ids = wall.shownIds();
			const next = ids[ids.indexOf(id) + (FORWARD.includes(key) ? 1 : -1)];
			if (next) wall.focus(next);
			else if (!FORWARD.includes(key)) search.focus();
		} else if (key === 'Escape') search.focus();
		else if (target === article && key === 'Enter') wall.edit(id);
		else if (target === article && key === ' ') wall.toggle(id);
		else return false;
		return true;
	};

	document.addEventListener('keydown', (event) => {
		if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
		const target = /** @type {Element} */ (event.target);
		const article = target.closest('#wall article');
		let isUsed = false;
		if (target === search) isUsed = handleInSearch(event);
		else if (article) isUsed = handleInArticle(event, article);
		if (!isUsed && event.key === '/' && !isTyping(target)) {
			search.focus();
			search.select();
			isUsed = true;
		}
		if (isUsed) event.preventDefault();
	});
}

/** Whether the key belongs to a field, or to an open dialog. @param {Element} target */
function isTyping(target) {
	if (target instanceof HTMLElement && target.isContentEditable) return true;
	return (
		target.matches('input:not([type=checkbox]), textarea, select') || Boolean(document.querySelector('dialog[open]'))
	);
}
