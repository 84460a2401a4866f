/** Small helpers for the page's elements, where a wrong name must be an error and an update must be idempotent. */

/** @param {string} id @returns {HTMLElement} @throws when the page has none */
export function element(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(`The page has no element #${id}`);
	return found;
}

/**
 * @template {Element} T
 * @param {ParentNode} within
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 * @throws when there is none of that type
 */
export function part(within, selector, type) {
	const found = within.querySelector(selector);
	if (!(found instanceof type)) throw new Error(`There is no ${selector} of type ${type.name}`);
	return found;
}

/** The content of a template, of which it has one element. @param {string} id @returns {HTMLElement} */
export function copyOf(id) {
	const template = /** @type {HTMLTemplateElement} */ (element(id));
	return part(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), '*', HTMLElement);
}

/** Sets a text, when it is another: what is set again is read out again. @param {Element} where @param {string} text */
export function say(where, text) {
	if (where.textContent !== text) where.textContent = text;
}

/** @param {Element} where @param {string} name @param {string} value */
export function mark(where, name, value) {
	if (where.getAttribute(name) !== value) where.setAttribute(name, value);
}

/**
 * A canvas that is not on the page, to draw from.
 * @param {number} width
 * @param {number} height
 * @returns {[HTMLCanvasElement, CanvasRenderingContext2D]}
 */
export function blankCanvas(width, height) {
	const canvas = document.createElement('canvas');
	canvas.width = width;
	canvas.height = height;
	return [canvas, /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))];
}
