/**
 * Harper makes the roles of roles.yaml, whichever thread loads them.
 *
 * Symptom: Harper 5.1 looks for the tables of a role in a global that only its main thread has. A worker finds none, makes no
 * role, and says so in the log alone: each account of the application then has no rights.
 * Test: test/unit/known-tables.test.ts.
 * Check: none, because 4.7 has the global on every thread; it was reported of 5.1.14.
 * Depends on: the global `hdb_schema`; config.yaml loads `roles` after `jsResource`, which applies the cures.
 * Delete when each Harper that is to be supported makes the roles on a worker.
 */

/**
 * Call it once for each thread. Where Harper has the global, it stays.
 * @param databases Harper's `databases`: the tables by database and name
 */
export function shareTables(global: { hdb_schema?: unknown }, databases: object): void {
	global.hdb_schema ??= databases;
}
