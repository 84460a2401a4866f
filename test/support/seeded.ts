/** Random numbers that are the same for the same seed, and what is made of them. Pure. */

export type Random = ReturnType<typeof seeded>;

/** @param seed a whole number; the generator is mulberry32 */
export function seeded(seed: number) {
	let state = seed;
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	/** From 0 to `below` - 1. */
	const whole = (below: number) => Math.floor(next() * below);
	const pick = <T>(list: readonly T[]) => list[whole(list.length)]!;
	const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => whole(256)));
	/** One to four bytes of a copy are changed, removed or added, or it is cut. */
	const mutate = (original: Buffer): Buffer => {
		let changed = Buffer.from(original);
		for (let left = 1 + whole(4); left > 0; left--) {
			const at = whole(changed.length + 1);
			const kind = whole(5);
			if (kind === 0) changed = changed.subarray(0, at);
			else {
				const added = kind < 3 ? bytes(1) : kind === 3 ? bytes(1 + whole(8)) : Buffer.alloc(0);
				changed = Buffer.concat([changed.subarray(0, at), added, changed.subarray(at + (kind === 3 ? 0 : 1))]);
			}
		}
		return changed;
	};
	return { whole, pick, bytes, mutate, chance: (share: number) => next() < share };
}
