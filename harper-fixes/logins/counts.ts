/**
 * Counts that decay over time, in bounded memory. Pure: the caller passes `now`, in ms.
 * Part of slow-guesses.ts: delete them together.
 */

/**
 * `max` is the count at which a limit applies. A count stops growing at twice `max`, so that it decays within a known
 * time.
 */
export interface Rule {
	max: number;
	decayPerSecond: number;
}

/**
 * A map with a bounded number of entries. When it is full, it drops the half that was not set recently. (To drop single
 * entries would be slow: a Map steps over all deleted entries to find its oldest one.)
 */
export class BoundedMap<T> {
	#half: number;
	#newer = new Map<string, T>();
	#older = new Map<string, T>();
	constructor(maxEntries: number) {
		this.#half = maxEntries / 2;
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

/** One count for each key. A count of 0 uses no memory. */
export class Counts {
	#counts: BoundedMap<{ count: number; at: number }>;
	#rule: Rule;
	constructor(rule: Rule, maxEntries: number) {
		this.#counts = new BoundedMap(maxEntries);
		this.#rule = rule;
	}

	value(key: string, now: number): number {
		const stored = this.#counts.get(key);
		return stored ? Math.max(0, stored.count - ((now - stored.at) / 1000) * this.#rule.decayPerSecond) : 0;
	}

	/** @returns the time at which the count will have decayed to `target` */
	add(key: string, amount: number, now: number, target = 0): number {
		const count = Math.min(2 * this.#rule.max, Math.max(0, this.value(key, now) + amount));
		if (count > 0) this.#counts.set(key, { count, at: now });
		else this.#counts.delete(key);
		return now + ((count - target) / this.#rule.decayPerSecond) * 1000;
	}
}
