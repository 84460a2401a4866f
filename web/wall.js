/**
 * The page: all signs, live over one EventSource, and the true state of that connection. Reads only.
 *
 * A beat of the server's (event `heartbeat`, at least every 30 s) is the only proof that a silent connection is alive.
 */

/** @typedef {{ id: string, message: string, color: string, power: boolean }} SignRow */

const SILENCE = 60_000;
const RETRY = 2_000;

const wall = element('wall');
const connection = element('connection');
const empty = element('empty');
const template = /** @type {HTMLTemplateElement} */ (element('sign'));

/** @type {Map<string, SignRow>} */
const signs = new Map();
/** @type {Map<string, HTMLElement>} */
const articles = new Map();
/** Signs that this connection told of. @type {Set<string>} */
const heard = new Set();

/** @type {EventSource | undefined} */
let source;
let silence = 0;

const example = `curl -X PUT --json '{"message":"Hello"}' ${location.origin}/Sign/lobby`;
/** @type {HTMLElement} */ (empty.querySelector('code')).textContent = example;

connect();

function connect() {
	source?.close();
	source = new EventSource('/Sign/');
	source.onopen = opened;
	source.onmessage = ({ data }) => {
		listen();
		hear(JSON.parse(data));
	};
	source.addEventListener('heartbeat', listen);
	source.onerror = lose;
	listen();
}

/** Something was heard, or is waited for: the next silence starts now. */
function listen() {
	clearTimeout(silence);
	silence = window.setTimeout(lose, SILENCE);
}

async function opened() {
	const opening = source;
	heard.clear();
	listen();
	try {
		const stored = await storedIds();
		if (source !== opening) return;
		// Removals during a gap are not told: what neither the table nor this connection names must go.
		for (const id of signs.keys()) if (!stored.has(id) && !heard.has(id)) signs.delete(id);
		update();
		say('Live');
	} catch {
		if (source === opening) lose();
	}
}

async function storedIds() {
	const response = await fetch('/Sign/?select(id)');
	if (!response.ok) throw new Error(`GET /Sign/ answers ${response.status}`);
	return new Set(/** @type {string[]} */ (await response.json()));
}

function lose() {
	source?.close();
	source = undefined;
	clearTimeout(silence);
	silence = window.setTimeout(connect, RETRY);
	say('Lost');
}

/** @param {{ id: string, type: string, value: SignRow | null }} event */
function hear({ id, type, value }) {
	heard.add(id);
	if (type === 'delete' || !value) signs.delete(id);
	else signs.set(id, value);
	update();
}

/** Makes the page show `signs`. Nodes are kept by id. */
function update() {
	for (const [id, article] of articles) {
		if (signs.has(id)) continue;
		article.remove();
		articles.delete(id);
	}
	for (const id of [...signs.keys()].sort()) show(/** @type {SignRow} */ (signs.get(id)));
	empty.hidden = signs.size > 0;
}

/** @param {SignRow} sign */
function show({ id, message, color, power }) {
	let article = articles.get(id);
	if (!article) {
		const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
		article = /** @type {HTMLElement} */ (copy.firstElementChild);
		/** @type {HTMLElement} */ (article.querySelector('h2')).textContent = id;
		articles.set(id, article);
		const next = [...articles.keys()].filter((other) => other > id).sort()[0];
		wall.insertBefore(article, (next && articles.get(next)) || null);
	}
	const text = /** @type {HTMLElement} */ (article.querySelector('.message'));
	if (text.textContent !== message) text.textContent = message;
	text.style.setProperty('--color', color);
	article.classList.toggle('off', !power);
}

/** @param {string} state */
function say(state) {
	if (connection.textContent !== state) connection.textContent = state;
}

/** @param {string} id */
function element(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(`The page has no element #${id}`);
	return found;
}
