/** Sends one field to many signs: a merge by query, of which all change or none. Says how many. */
import { element, part, say } from './elements.js';
import { Control, FIELDS, NAMES } from './fields.js';
import { byField, write } from './requests.js';

/**
 * @param {import('./signs.js').Signs} signs
 * @param {import('./connection.js').Connection} connection
 */
export function showMany(signs, connection) {
	const form = part(element('many'), 'form', HTMLFormElement);
	const scope = part(form, '[name=scope]', HTMLSelectElement);
	const choice = part(form, '[name=field]', HTMLSelectElement);
	const whole = part(form, '.refusal.whole', HTMLElement);
	for (const { name, label } of FIELDS) choice.add(new Option(label, name));
	let control = controlOf(FIELDS[0]?.name);

	/** @param {string | undefined} name */
	function controlOf(name) {
		const field = FIELDS.find((field) => field.name === name);
		if (!field) throw new Error(`There is no field ${name}`);
		const made = new Control({ ...field, label: `${field.label} for these signs` }, () => {});
		part(form, '.fields', HTMLElement).replaceChildren(made.root);
		return made;
	}
	choice.addEventListener('change', () => (control = controlOf(choice.value)));

	signs.onChange(() => updateScope(scope, signs));
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const query = scope.value ? `?location=${encodeURIComponent(scope.value.slice(1))}` : '';
		const change = { [control.field.name]: control.value };
		const { isOk, answer } = await write(connection, 'PATCH', `/Sign/${query}`, change);
		const said = isOk ? {} : byField(answer, NAMES);
		control.refuse(said[control.field.name] ?? '');
		say(whole, said[''] ?? '');
		say(element('done'), isOk ? `${answer.updated} ${answer.updated === 1 ? 'sign' : 'signs'} changed` : '');
	});
}

/**
 * All signs, and each location that there is.
 * @param {HTMLSelectElement} scope
 * @param {import('./signs.js').Signs} signs
 */
function updateScope(scope, signs) {
	const locations = [...new Set(signs.all().map(({ location }) => location))].filter(Boolean).sort();
	const known = [...scope.options].slice(1).map(({ value }) => value.slice(1));
	if (known.join('\n') === locations.join('\n')) return;
	const chosen = scope.value;
	// A sign at the beginning: the empty value is all signs, whatever a location is called.
	scope.replaceChildren(new Option('All signs', ''), ...locations.map((name) => new Option(name, `=${name}`)));
	scope.value = [...scope.options].some(({ value }) => value === chosen) ? chosen : '';
}
