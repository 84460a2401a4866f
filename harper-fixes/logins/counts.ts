/**
 * Counts that fall with the time, in a memory that is bounded. Pure: `now` is handed over, in ms.
 * Part of slow-guesses.ts: to be deleted with it.
 */

/** How fast a count falls, and what is much; it does not grow beyond twice that, so that it is forgotten in time. */
export interface Rule {
	most: number;
	fallsPerSecond: number;
}

/**
 * A map of a bounded number of entries: those that were not set for the longest give way, half of all at once. (One by one
 * would take long: a Map goes over all that was deleted before it comes to its oldest.)
 */
export class Kept<T> {
	#half: number;
	#newer = new Map<string, T>();
	#older = new Map<string, T>();
	constructor(most: number) {
		this.#half = most / 2;
	}

	get = (key: string) => this.#newer.get(key) ?? this.#older.get(key);

	set(key: string, value: T): void {
		if (this.#newer.size >= this.#half && !this.#newer.has(key)) {
			this.#older = this.#newer;
			this.#newer = new Map();
		}
		this.#newer.set(key, value);
	}

	delete(key: string): void {
		this.#newer.delete(key);
		this.#older.delete(key);
	}
}

/** By name. One of 0 takes no memory. */
export class Counts {
	#kept: Kept<{ count: number; at: number }>;
	#rule: Rule;
	constructor(rule: Rule, most: number) {
		this.#kept = new Kept(most);
		this.#rule = rule;
	}

	at(key: string, now: number): number {
		const kept = this.#kept.get(key);
		return kept ? Math.max(0, kept.count - ((now - kept.at) / 1000) * this.#rule.fallsPerSecond) : 0;
	}

	/** @returns when the count will be `free` again, or less */
	add(key: string, counts: number, now: number, free = 0): number {
		const count = Math.min(2 * this.#rule.most, Math.max(0, this.at(key, now) + counts));
		if (count > 0) this.#kept.set(key, { count, at: now });
		else this.#kept.delete(key);
		return now + ((count - free) / this.#rule.fallsPerSecond) * 1000;
	}
}
