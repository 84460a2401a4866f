/** Adds the elements of another HTML file to the page: those that its first picture does not need. */

/** @param {URL} address @param {Element} [target] @returns {Promise<void>} @throws when the server does not send it; it can be tried again */
export async function loadParts(address, target = document.body) {
	const response = await fetch(address);
	if (!response.ok) throw new Error(`The server answers ${response.status} for ${address.pathname}`);
	const { body } = new DOMParser().parseFromString(await response.text(), 'text/html');
	target.append(...body.children);
}
