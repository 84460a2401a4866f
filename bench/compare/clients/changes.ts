/**
 * The changes of a work. Each has a number, which its message has in the sign: so an event says which change it brings,
 * and when that was begun.
 */

const PREFIX = 'c ';
const IN_JSON = `"message":"${PREFIX}`;

let serial = 0;

export class Changes {
	readonly #started = new Map<number, number>();
	#last = 0;

	/** @param start when it was begun, in ms of `performance.now()`; by default now */
	begin(start = performance.now()): number {
		this.#last = ++serial;
		this.#started.set(serial, start);
		return serial;
	}

	/** @returns undefined for a change that this work has not made */
	startOf = (change: number) => this.#started.get(change);

	/** The change that was begun last. Works that run at the same time have the numbers between. */
	get last(): number {
		return this.#last;
	}

	get count(): number {
		return this.#started.size;
	}
}

export const messageOf = (change: number) => `${PREFIX}${change}`;

/** @returns 0 for a message that is no change */
export const changeIn = (message: string) => (message.startsWith(PREFIX) ? Number(message.slice(PREFIX.length)) : 0);

/** Calls back with each change in a text of JSON. It parses nothing else: 400 subscribers share this process. */
export function findChanges(text: string, onChange: (change: number) => void): void {
	for (let at = text.indexOf(IN_JSON); at >= 0; at = text.indexOf(IN_JSON, at + 1)) {
		const start = at + IN_JSON.length;
		onChange(Number(text.slice(start, text.indexOf('"', start))));
	}
}
