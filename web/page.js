/** The page's entry: the wall of all signs, or with `/?sign=<id>` one sign that fills the screen. */
import { Connection } from './connection.js';
import { Desk } from './desk.js';
import { element, say } from './elements.js';
import { showKiosk } from './kiosk.js';
import { Login } from './login.js';
import { followMotion } from './motion-choice.js';
import { Signs } from './signs.js';
import { Wall } from './wall.js';

const kiosk = new URLSearchParams(location.search).get('sign');
const signs = new Signs();
const path = kiosk === null ? '/Sign/' : `/Sign/${encodeURIComponent(kiosk)}`;
const connection = new Connection(path, signs, show);

followMotion();
const view = kiosk === null ? openWall() : showKiosk(kiosk, signs);
const login = new Login(connection);
addEventListener('online', returned);
addEventListener('visibilitychange', returned);
void connection.connect();

/** @returns {(state: import('./connection.js').State) => void} */
function openWall() {
	const desk = new Desk(signs, connection);
	const wall = new Wall(signs, (id) => desk.choose(id));
	return (state) => {
		wall.update(state);
		desk.update(state);
	};
}

/** @param {import('./connection.js').State} state */
function show(state) {
	document.body.dataset.state = state.word.toLowerCase().replace(' ', '-');
	say(element('connection'), told(state));
	login.update(state);
	view(state);
}

/** The state in a line. @param {import('./connection.js').State} state */
function told({ word, since, reason }) {
	if (word === 'Lost') return since ? `Lost since ${since.toLocaleTimeString()}` : 'Lost: the server does not answer';
	return reason ? `${word}: ${reason}` : word;
}

/** A network is back, or someone looks again: no need to wait for the next attempt. */
function returned() {
	if (document.visibilityState === 'visible' && !connection.isLive) void connection.connect();
}
