/** The form that makes a sign: it sends a merge of no fields, which creates the sign with its defaults. */
import { byId, query, setText } from '../dom.js';
import { write } from '../requests.js';

/**
 * @param {import('../signs.js').Signs} signs
 * @param {(id: string) => void} onCreated called when the new sign's first row arrives
 */
export function setUpNewSign(signs, onCreated) {
	const form = query(byId('new-sign'), 'form', HTMLFormElement);
	const input = query(form, 'input', HTMLInputElement);
	const refusal = query(form, '.refusal', HTMLElement);
	/** The id of the new sign, until its first row arrives. */
	let awaited = '';
	signs.onChange((id, row) => {
		if (id !== awaited || !row) return;
		awaited = '';
		onCreated(id);
	});
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const id = input.value;
		if (signs.get(id)) return setText(refusal, `There is a sign ${id} already`);
		setText(refusal, '');
		awaited = id;
		const { isOk, answer } = await write('PATCH', pathOf(id), {});
		if (!isOk && awaited === id) awaited = '';
		// the desk calls the id of a new sign its name
		setText(refusal, isOk ? '' : answer.replace(/^id /, 'name '));
		if (isOk && input.value === id) form.reset(); // else it is the name of the next one
		input.setAttribute('aria-invalid', String(!isOk));
	});
}

/**
 * The path of a sign whose id may be invalid, so that the server refuses it. An empty id, `.` and `..` would give the path
 * of all signs; a space in front of them prevents that.
 * @param {string} id
 */
function pathOf(id) {
	return `/Sign/${encodeURIComponent(/^\.{0,2}$/.test(id) ? ` ${id}` : id)}`;
}
