/** Whether signs may move on this screen: by the system's `prefers-reduced-motion`, until the person uses the button. */
import { byId, setAttribute, setText } from './dom.js';

const systemSetting = matchMedia('(prefers-reduced-motion: reduce)');
/** @type {boolean | undefined} */
let chosen;
/** @type {Set<() => void>} */
const listeners = new Set();

export const isMotionReduced = () => chosen ?? systemSetting.matches;

/** @param {() => void} listener called after each change */
export const onMotionChange = (listener) => listeners.add(listener);

export function setUpMotionButton() {
	const button = byId('motion');
	const update = () => {
		setText(button, isMotionReduced() ? 'Resume motion' : 'Stop motion');
		setAttribute(document.documentElement, 'data-motion', isMotionReduced() ? 'still' : 'moving');
		for (const listener of listeners) listener();
	};
	button.addEventListener('click', () => {
		chosen = !isMotionReduced();
		update();
	});
	systemSetting.addEventListener('change', update);
	update();
}
