/** The table, and its prepared statements. Each is one transaction of PostgreSQL, and returns the row as it is stored. */
import pg from 'pg';

export interface Row {
	id: string;
	message: string;
	revision: number;
}
export type Change = Record<string, unknown>;

export const DEFAULTS = {
	message: '',
	color: '#ffb000',
	brightness: 8,
	power: true,
	effect: 'static',
	speed: 20,
	location: '',
	notice: '',
	noticeUntil: null,
};

const FIELDS = [...Object.keys(DEFAULTS), 'shownRevision', 'online'];
const REPORTED = ['shownRevision', 'online'];

const TABLE = `CREATE TABLE IF NOT EXISTS sign (
	id text PRIMARY KEY,
	message text NOT NULL DEFAULT '', color text NOT NULL DEFAULT '#ffb000', brightness integer NOT NULL DEFAULT 8,
	power boolean NOT NULL DEFAULT true, effect text NOT NULL DEFAULT 'static', speed integer NOT NULL DEFAULT 20,
	location text NOT NULL DEFAULT '', notice text NOT NULL DEFAULT '', "noticeUntil" text,
	"shownRevision" integer NOT NULL DEFAULT 0, online boolean NOT NULL DEFAULT false,
	revision integer NOT NULL DEFAULT 1, "updatedAt" timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS sign_location ON sign (location)`;

const quoted = (name: string) => `"${name}"`;

/** A parameter that is null leaves a stored value: an empty text makes the only field null that can be. */
const nullable = (name: string, text: string) => (name === 'noticeUntil' ? `NULLIF(${text}, '')` : text);
const parameterOf = (value: unknown) => (value === null ? '' : (value ?? null));

/** Parameter n + 2 is field n; a parameter that is null leaves a stored value, and gives a new row its default. */
const value = (name: string, n: number) => nullable(name, `COALESCE($${n + 2}, sign.${quoted(name)})`);
const initial = (name: string, n: number) =>
	name === 'noticeUntil'
		? nullable(name, `$${n + 2}::text`)
		: `COALESCE($${n + 2}, ${JSON.stringify(DEFAULTS[name as keyof typeof DEFAULTS] ?? (name === 'online' ? false : 0)).replaceAll('"', "'")})`;

/** One statement for both: a replacement has each field that writers set. Only those make a revision. */
const WRITE = `INSERT INTO sign (id, ${FIELDS.map(quoted).join(', ')}) VALUES ($1, ${FIELDS.map(initial).join(', ')})
ON CONFLICT (id) DO UPDATE SET ${FIELDS.map((name, n) => `${quoted(name)} = ${value(name, n)}`).join(', ')},
revision = sign.revision + $${FIELDS.length + 2}::integer, "updatedAt" = now() RETURNING *`;

/** @param host the folder of PostgreSQL's socket */
export async function openTable(host: string, database: string, user: string) {
	const pool = new pg.Pool({ host, database, user, max: 20 });
	pool.on('error', () => {}); // an idle connection ended: the pool opens another one
	await pool.query(TABLE);
	const one = async (name: string, text: string, values: unknown[]) =>
		(await pool.query<Row>({ name, text, values })).rows[0];
	return {
		async write(id: string, change: Change): Promise<Row> {
			const isRevision = Object.keys(change).some((name) => !REPORTED.includes(name));
			const values = [id, ...FIELDS.map((name) => parameterOf(change[name])), isRevision ? 1 : 0];
			return (await one('write', WRITE, values))!;
		},
		get: (id: string) => one('get', 'SELECT * FROM sign WHERE id = $1', [id]),
		all: async () => (await pool.query<Row>({ name: 'all', text: 'SELECT * FROM sign ORDER BY id' })).rows,
		remove: (id: string) => one('remove', 'DELETE FROM sign WHERE id = $1 RETURNING *', [id]),
	};
}

export type Table = Awaited<ReturnType<typeof openTable>>;
