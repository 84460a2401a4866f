/** The list of the locations in the toolbar. The value of a location begins with `=`; the empty value stands for all. */
import { byId } from '../dom.js';
import { compareLocations } from './order.js';

export class LocationFilter {
	#select = /** @type {HTMLSelectElement} */ (byId('location-filter'));
	#locations;
	/** The locations of the signs. @type {readonly string[]} */ #names = [];
	/** The locations in the list. @type {readonly string[]} */ #listed = [];

	/**
	 * @param {import('./location-counts.js').LocationCounts} locations
	 * @param {(location: string | null) => void} onChange called when a person chooses; null: all
	 */
	constructor(locations, onChange) {
		this.#locations = locations;
		this.#select.addEventListener('change', () => {
			const { value } = this.#select;
			onChange(value ? value.slice(1) : null);
		});
	}

	/** @param {string | null} chosen */
	update(chosen) {
		const { names } = this.#locations;
		const isMissing = chosen !== null && !this.#listed.includes(chosen);
		if (names !== this.#names || isMissing) {
			this.#names = names;
			// The address may name a location that no sign has.
			this.#fill(chosen === null || names.includes(chosen) ? names : [...names, chosen].sort(compareLocations));
		}
		const value = chosen === null ? '' : `=${chosen}`;
		if (this.#select.value !== value) this.#select.value = value;
	}

	/** @param {readonly string[]} names */
	#fill(names) {
		this.#listed = names;
		const [all] = this.#select.options;
		const options = names.map((location) => new Option(location || 'No location', `=${location}`));
		if (all) this.#select.replaceChildren(all, ...options);
	}
}
