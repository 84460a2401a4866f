/** The page's entry: the wall of all signs, or with `/?sign=<id>` one sign that fills the screen. */
import { afterDrawing, drawingStarts } from './after-drawing.js';
import { byId, loadStyle, setText } from './dom.js';
import { PageConnection } from './page-connection.js';
import { setUpMotionButton } from './reduced-motion.js';
import { Signs } from './signs.js';

/** @typedef {import('./connection.js').State} State */
/** @typedef {(state: State) => void} View called with each new state of the connection */

const kioskId = new URLSearchParams(location.search).get('sign');
const signs = new Signs();
const path = kioskId === null ? '/Sign/' : `/Sign/${encodeURIComponent(kioskId)}`;
const connection = new PageConnection(path, signs, update);
/** @type {State} */
let state;
/** @type {Promise<void> | undefined} */
let login;
let isLoginOpen = false;
/** Called with the next state of the connection. @type {((value?: undefined) => void)[]} */
const retries = [];

setUpMotionButton();
/** @type {View[]} */
const views = [kioskId === null ? await openWall() : await openKiosk(kioskId)];
addEventListener('online', () => connection.connectNow());
addEventListener('visibilitychange', () => document.visibilityState === 'visible' && connection.connectNow());
connection.connect();
void afterDrawing().then(openLogin);
void afterDrawing()
	.then(() => untilLoaded(() => import('./notice-ends.js')))
	.then(({ NoticeEnds }) => new NoticeEnds(signs));

/** @param {string} id */
async function openKiosk(id) {
	const style = loadStyle(new URL('kiosk.css', import.meta.url));
	const [{ showKiosk }] = await Promise.all([import('./kiosk.js'), style]);
	return showKiosk(id, signs);
}

/** @returns {Promise<View>} */
async function openWall() {
	const { Wall } = await import('./wall.js');
	/** @type {import('./desk/desk.js').Desk | undefined} */
	let desk;
	let isLoading = false;
	const wall = new Wall(signs, () => desk?.open(), untilLoaded);
	const openDesk = async () => {
		if (isLoading) return;
		isLoading = true;
		const before = state;
		const Desk = await untilLoaded(() => import('./desk/load.js').then(({ loadDesk }) => loadDesk(state)));
		const selection = await wall.selection;
		isLoading = false;
		if (Desk) desk = new Desk(signs, selection, wall);
		if (desk) desk.update(state);
		else if (state !== before) void openDesk();
	};
	void afterDrawing().then(() => add((state) => (desk ? desk.update(state) : void openDesk())));
	return (state) => wall.update(state);
}

/** The wall and a screen need no login while their session lasts. @returns {Promise<void>} */
function openLogin() {
	login ??= untilLoaded(() => import('./login.js').then(({ loadLogin }) => loadLogin())).then((form) => {
		isLoginOpen = true;
		add((state) => form.update(state));
	});
	return login;
}

/**
 * Tries again with each new state of the connection: the server may be gone.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
async function untilLoaded(load) {
	for (;;) {
		try {
			return await load();
		} catch {
			await new Promise((resolve) => retries.push(resolve));
		}
	}
}

/** @param {View} view */
function add(view) {
	views.push(view);
	if (state) view(state);
}

/** @param {State} next */
function update(next) {
	state = next;
	for (const retry of retries.splice(0)) retry();
	const { status } = state;
	// A person who reads "Signed out" can type at once: the form is there.
	if (status === 'Signed out' && !isLoginOpen) return void openLogin().then(() => update(state));
	document.body.dataset.state = status.toLowerCase().replace(' ', '-');
	setText(byId('connection'), connectionText(state));
	for (const view of views) view(state);
	if (status !== 'Connecting') drawingStarts();
}

/** @param {State} state */
function connectionText({ status, since, reason }) {
	if (status === 'Lost') return since ? `Lost since ${since.toLocaleTimeString()}` : 'Lost: the server does not answer';
	return reason ? `${status}: ${reason}` : status;
}
