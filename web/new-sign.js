/** Makes a sign: a merge of nothing, which creates it with its defaults. */
import { element, part, say } from './elements.js';
import { write } from './requests.js';

/**
 * @param {import('./signs.js').Signs} signs
 * @param {import('./connection.js').Connection} connection
 * @param {(id: string) => void} choose called with the new sign
 */
export function showNew(signs, connection, choose) {
	const form = part(element('new-sign'), 'form', HTMLFormElement);
	const input = part(form, 'input', HTMLInputElement);
	const refusal = part(form, '.refusal', HTMLElement);
	/** The new sign, until the server tells of it. */
	let awaited = '';
	signs.onChange((id, row) => {
		if (id !== awaited || !row) return;
		awaited = '';
		choose(id);
	});
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const id = input.value;
		if (signs.get(id)) return say(refusal, `There is a sign ${id} already`);
		say(refusal, '');
		awaited = id;
		const { isOk, answer } = await write(connection, 'PATCH', pathOf(id), {});
		if (!isOk) awaited = '';
		say(refusal, isOk ? '' : answer);
		if (isOk) form.reset();
		input.setAttribute('aria-invalid', String(!isOk));
	});
}

/**
 * The path of a sign whose name may be wrong: the server shall refuse it. Without a name, or with one or two points, it
 * would be the path of all signs: with a space before it is not.
 * @param {string} id
 */
function pathOf(id) {
	return `/Sign/${encodeURIComponent(/^\.{0,2}$/.test(id) ? ` ${id}` : id)}`;
}
