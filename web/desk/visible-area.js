/**
 * Sets for the style how much of the window a phone's keyboard leaves: the desk stands above the keyboard, and leaves the
 * sign that is changed in view.
 */

/** @param {() => void} onChange called when the keyboard comes or goes */
export function followVisibleArea(onChange) {
	const area = window.visualViewport;
	if (!area) return;
	let height = 0;
	const update = () => {
		const { style } = document.documentElement;
		const isZoomed = area.scale > 1.01; // then it is no keyboard
		const seen = isZoomed ? innerHeight : area.height;
		const below = isZoomed ? 0 : Math.max(0, innerHeight - area.height - area.offsetTop);
		style.setProperty('--seen-height', `${seen}px`);
		style.setProperty('--keyboard-height', `${below}px`);
		if (Math.abs(seen - height) > 1 && height) onChange();
		height = seen;
	};
	area.addEventListener('resize', update);
	area.addEventListener('scroll', update);
	update();
}

/**
 * Brings a sign into view, and where there is too little room for all of it, its matrix. Once more after the layout: the
 * desk that opens makes the wall narrower, and the bar above it may need another line.
 * @param {import('./desk.js').Wall} wall
 * @param {string} id
 */
export function revealMatrix(wall, id) {
	const reveal = () => {
		wall.reveal(id, false);
		document.querySelector(`article[data-id="${CSS.escape(id)}"] canvas`)?.scrollIntoView({ block: 'nearest' });
	};
	reveal();
	requestAnimationFrame(() => requestAnimationFrame(reveal));
}
