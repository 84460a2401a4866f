/** How large the works are: in a run whose figures count, and in a smoke run that only shows that everything works. */

const FULL = {
	/** Signs in the table. */
	signs: 200,
	/** Connections that write as fast as they go. */
	connections: 32,
	/** Writers of one sign that wait for an answer at the same time. */
	hotWriters: 80,
	devices: 8,
	/** Messages of each device that are not yet acknowledged. */
	inFlight: 10,
	/** Event streams of all signs, and changes per second meanwhile. */
	streams: 400,
	streamRate: 20,
	/** Subscribers of one sign, and its changes per second: at rest and under load. */
	hotSubscribers: 150,
	hotRestRate: 5,
	hotRate: 100,
	rows: [10, 1_000, 100_000] as [number, number, number],
	rowConnections: 8,
	viewers: [10, 100, 1_000] as [number, number, number],
	viewerRate: 10,
	/** In s: how long it may take until the store has what was acknowledged, and until all agree after a kill. */
	drain: 30,
	settle: 10,
};

export type Sizes = typeof FULL;

const SMOKE: Sizes = {
	...FULL,
	signs: 20,
	connections: 8,
	hotWriters: 16,
	devices: 4,
	inFlight: 5,
	streams: 20,
	hotSubscribers: 12,
	rows: [10, 20, 100],
	viewers: [2, 5, 10],
	drain: 10,
	settle: 30,
};

export const sizesOf = (isSmoke: boolean) => (isSmoke ? SMOKE : FULL);
