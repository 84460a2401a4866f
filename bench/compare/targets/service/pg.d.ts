/** The part of pg that the service uses; the package has no types of its own. */
declare module 'pg' {
	interface Query {
		name?: string;
		text: string;
		values?: unknown[];
	}
	class Pool {
		constructor(options: { host: string; database: string; user: string; max: number });
		query<Row>(query: Query | string): Promise<{ rows: Row[] }>;
		on(event: 'error', listener: (error: Error) => void): this;
	}
	const pg: { Pool: typeof Pool };
	export default pg;
}
