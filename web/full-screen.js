/**
 * Full screen for a screen that is a sign: by the key F, and by a button that appears when a person touches the screen or
 * moves the mouse. Otherwise nothing covers the sign.
 */
import { byId } from './dom.js';

/** In ms: how long the button stays. */
const SHOWN_FOR = 3_000;

let timer = 0;

export function setUpFullScreen() {
	addEventListener('keydown', ({ key, target }) => {
		if (target instanceof HTMLInputElement) return;
		if (key.toLowerCase() === 'f') void switchFullScreen();
		if (key === 'Tab') showButton();
	});
	// Some telephones have no full screen for pages.
	if (!document.fullscreenEnabled) return;
	for (const type of ['pointermove', 'pointerdown']) addEventListener(type, showButton);
	addEventListener('fullscreenchange', hideButton);
	byId('full-screen').addEventListener('click', switchFullScreen);
}

function showButton() {
	if (document.fullscreenElement || !document.fullscreenEnabled) return;
	byId('full-screen').hidden = false;
	clearTimeout(timer);
	timer = window.setTimeout(hideButton, SHOWN_FOR);
}

function hideButton() {
	clearTimeout(timer);
	byId('full-screen').hidden = true;
}

async function switchFullScreen() {
	// A browser may refuse: then the page stays in its window.
	if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
	else await document.documentElement.requestFullscreen().catch(() => {});
}
