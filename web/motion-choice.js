/** Whether signs may move on this screen: as the system says (`prefers-reduced-motion`), until the button says otherwise. */
import { element, mark, say } from './elements.js';

const reduced = matchMedia('(prefers-reduced-motion: reduce)');
/** @type {boolean | undefined} */
let chosen;
/** @type {Set<() => void>} */
const listeners = new Set();

export const isStill = () => chosen ?? reduced.matches;

/** @param {() => void} listener called when it has changed */
export const onMotion = (listener) => listeners.add(listener);

/** Makes the button work. */
export function followMotion() {
	const button = element('motion');
	const update = () => {
		say(button, isStill() ? 'Resume motion' : 'Stop motion');
		mark(document.documentElement, 'data-motion', isStill() ? 'still' : 'moving');
		for (const listener of listeners) listener();
	};
	button.addEventListener('click', () => {
		chosen = !isStill();
		update();
	});
	reduced.addEventListener('change', update);
	update();
}
