/** The page's entry: the wall of all signs, or with `/?sign=<id>` one sign that fills the screen. */
import { Connection } from './connection.js';
import { Desk } from './desk.js';
import { byId, setText } from './dom.js';
import { showKiosk } from './kiosk.js';
import { Login } from './login.js';
import { setUpMotionButton } from './reduced-motion.js';
import { Signs } from './signs.js';
import { Wall } from './wall.js';

const kioskId = new URLSearchParams(location.search).get('sign');
const signs = new Signs();
const path = kioskId === null ? '/Sign/' : `/Sign/${encodeURIComponent(kioskId)}`;
const connection = new Connection(path, signs, update);

setUpMotionButton();
const updateView = kioskId === null ? openWall() : showKiosk(kioskId, signs);
const login = new Login(connection);
addEventListener('online', reconnectNow);
addEventListener('visibilitychange', reconnectNow);
void connection.connect();

/** @returns {(state: import('./connection.js').State) => void} */
function openWall() {
	const desk = new Desk(signs, connection);
	const wall = new Wall(signs, (id) => desk.open(id));
	return (state) => {
		wall.update(state);
		desk.update(state);
	};
}

/** @param {import('./connection.js').State} state */
function update(state) {
	document.body.dataset.state = state.status.toLowerCase().replace(' ', '-');
	setText(byId('connection'), connectionText(state));
	login.update(state);
	updateView(state);
}

/** @param {import('./connection.js').State} state */
function connectionText({ status, since, reason }) {
	if (status === 'Lost') return since ? `Lost since ${since.toLocaleTimeString()}` : 'Lost: the server does not answer';
	return reason ? `${status}: ${reason}` : status;
}

/** The network is back, or the page is visible again: connects without waiting for the next attempt. */
function reconnectNow() {
	if (document.visibilityState === 'visible' && !connection.isLive) void connection.connect();
}
