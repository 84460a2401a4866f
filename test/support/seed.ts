/** The seed of generated tests. It is printed; PROPERTIES_SEED sets it, to repeat the same inputs. */
export function readSeed(): number {
	const text = process.env.PROPERTIES_SEED;
	const seed = text ? Number(text) : Math.floor(Math.random() * 2 ** 31);
	if (!Number.isInteger(seed)) throw new Error(`PROPERTIES_SEED must be a whole number, got "${text}"`);
	console.log(`PROPERTIES_SEED=${seed}`);
	return seed;
}
