/** Helpers for the page's elements. A lookup that finds nothing throws; setting a value again changes nothing. */

/** @param {string} id @returns {HTMLElement} @throws when the page has no such element */
export function byId(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(`The page has no element #${id}`);
	return found;
}

/**
 * The first match of a selector.
 * @template {Element} T
 * @param {ParentNode} within
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 * @throws when nothing matches, or the match has another type
 */
export function query(within, selector, type) {
	const found = within.querySelector(selector);
	if (!(found instanceof type)) throw new Error(`There is no ${selector} of type ${type.name}`);
	return found;
}

/** A copy of a template's only element. @param {string} id @returns {HTMLElement} */
export function cloneTemplate(id) {
	const template = /** @type {HTMLTemplateElement} */ (byId(id));
	return query(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), '*', HTMLElement);
}

/** Writes only a different text: a screen reader announces every write in a live region. @param {Element} target @param {string} text */
export function setText(target, text) {
	if (target.textContent !== text) target.textContent = text;
}

/** @param {Element} target @param {string} name @param {string} value */
export function setAttribute(target, name, value) {
	if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/**
 * An empty canvas that is not part of the page.
 * @param {number} width in pixels
 * @param {number} height in pixels
 * @returns {[HTMLCanvasElement, CanvasRenderingContext2D]}
 */
export function createCanvas(width, height) {
	const canvas = document.createElement('canvas');
	canvas.width = width;
	canvas.height = height;
	return [canvas, /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))];
}

/** Adds a style sheet to the page. @param {URL} address @returns {Promise<void>} @throws when the server does not send it */
export function loadStyle({ href }) {
	const link = document.createElement('link');
	link.rel = 'stylesheet';
	link.href = href;
	return new Promise((done, fail) => {
		link.addEventListener('load', () => done());
		link.addEventListener('error', () => fail(new Error(`The server does not send ${href}`)));
		document.head.append(link);
	});
}

/** Whether the desk is offered to the account: the desk sets the class. */
export const isDeskOffered = () => document.body.classList.contains('writes');
