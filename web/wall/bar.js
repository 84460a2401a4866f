/**
 * The bar at the top stays in view: all of it on a large screen, on a small one only its lower lines (toolbar.css). The
 * page scrolls a focused control to below it.
 */
import { byId } from '../dom.js';

export function setUpBar() {
	const bar = byId('top');
	const { style } = document.documentElement;
	new ResizeObserver(() => {
		const isPartly = getComputedStyle(bar).getPropertyValue('--sticks-from').trim() === 'connection';
		const above = isPartly ? byId('connection').offsetTop : 0;
		style.setProperty('--bar-above', `${above}px`);
		style.setProperty('--bar-height', `${bar.offsetHeight - above}px`);
	}).observe(bar);
	// A browser leaves a control as it is that stands half outside a toolbar that scrolls to the side.
	byId('tools').addEventListener('focusin', ({ target }) => {
		if (target instanceof HTMLElement) target.scrollIntoView({ block: 'nearest', inline: 'nearest' });
	});
}
