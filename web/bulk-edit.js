/** The form that sets one field of many signs with a merge by query, which changes all of them or none. */
import { byId, query, setText } from './dom.js';
import { Control, FIELDS, FIELD_NAMES } from './fields.js';
import { refusalsByField, write } from './requests.js';

/**
 * @param {import('./signs.js').Signs} signs
 * @param {import('./connection.js').Connection} connection
 */
export function setUpBulkEdit(signs, connection) {
	const form = query(byId('bulk-edit'), 'form', HTMLFormElement);
	const scope = query(form, '[name=scope]', HTMLSelectElement);
	const fieldSelect = query(form, '[name=field]', HTMLSelectElement);
	const formRefusal = query(form, '.refusal.whole', HTMLElement);
	for (const { name, label } of FIELDS) fieldSelect.add(new Option(label, name));
	let control = showControl(FIELDS[0]?.name);

	/** @param {string | undefined} name */
	function showControl(name) {
		const field = FIELDS.find((field) => field.name === name);
		if (!field) throw new Error(`There is no field ${name}`);
		const shown = new Control({ ...field, label: `${field.label} for these signs` }, () => {});
		query(form, '.fields', HTMLElement).replaceChildren(shown.root);
		return shown;
	}
	fieldSelect.addEventListener('change', () => (control = showControl(fieldSelect.value)));

	signs.onChange(() => updateScope(scope, signs));
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const search = scope.value ? `?location=${encodeURIComponent(scope.value.slice(1))}` : '';
		const change = { [control.field.name]: control.value };
		const { isOk, answer } = await write(connection, 'PATCH', `/Sign/${search}`, change);
		const refusals = isOk ? {} : refusalsByField(answer, FIELD_NAMES);
		control.showRefusal(refusals[control.field.name] ?? '');
		setText(formRefusal, refusals[''] ?? '');
		setText(byId('done'), isOk ? `${answer.updated} ${answer.updated === 1 ? 'sign' : 'signs'} changed` : '');
	});
}

/**
 * Offers "All signs", and each location that a sign has.
 * @param {HTMLSelectElement} scope
 * @param {import('./signs.js').Signs} signs
 */
function updateScope(scope, signs) {
	const locations = [...new Set(signs.all().map(({ location }) => location))].filter(Boolean).sort();
	const offered = [...scope.options].slice(1).map(({ value }) => value.slice(1));
	if (offered.join('\n') === locations.join('\n')) return;
	const selected = scope.value;
	// The value of a location begins with `=`: so no location has the empty value, which stands for all signs.
	scope.replaceChildren(new Option('All signs', ''), ...locations.map((name) => new Option(name, `=${name}`)));
	scope.value = [...scope.options].some(({ value }) => value === selected) ? selected : '';
}
