/**
 * The elements of many signs stand in parts of some dozens: the browser skips a part that is not in view (web/wall.css), so that
 * its work for a frame does not grow with the number of signs.
 */

/** Full rows in a grid of 1, 2, 3, 4, 5, 6, 10 or 12 columns. */
const SIZE = 60;

/** @param {HTMLElement[]} elements @returns {HTMLElement[]} */
export function inParts(elements) {
	const parts = [];
	for (let start = 0; start < elements.length; start += SIZE)
		parts.push(createPart(elements.slice(start, start + SIZE)));
	return parts;
}

/** Adds an element before the one that follows it. @param {Element} container @param {HTMLElement} element @param {HTMLElement | null} next */
export function insertIntoPart(container, element, next) {
	const part = /** @type {HTMLElement | null} */ (next?.parentElement ?? container.lastElementChild);
	if (!part) return container.append(createPart([element]));
	part.insertBefore(element, next);
	const { children } = part;
	if (children.length > 2 * SIZE) part.after(createPart(/** @type {HTMLElement[]} */ ([...children].slice(SIZE))));
	updateCount(part);
}

/** @param {HTMLElement} element */
export function removeFromPart(element) {
	const part = element.parentElement;
	element.remove();
	if (part?.childElementCount) updateCount(part);
	else part?.remove();
}

/** @param {HTMLElement[]} elements */
function createPart(elements) {
	const part = document.createElement('div');
	part.className = 'part';
	part.append(...elements);
	updateCount(part);
	return part;
}

/** From the number the style sheet knows the height of a part that is not laid out. @param {HTMLElement} part */
function updateCount(part) {
	part.style.setProperty('--count', String(part.childElementCount));
}
