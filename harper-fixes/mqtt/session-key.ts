/**
 * The client id by which Harper finds a session and a will: it begins with the account.
 *
 * Symptom: Harper uses the client id only, so one account can read and overwrite the sessions and wills of another.
 * Test: test/contract/presence.test.ts.
 * Delete when a session belongs to an account.
 */
import type { User } from '../internals.ts';

/**
 * The first part of the keys of all sessions of an account. A name may contain a slash: the key of `a/b` with `c` is
 * not the key of `a` with `b/c`.
 */
export const keysOf = (user: User) => `${user?.username.replace(/[%/]/g, encodeURIComponent)}/`;
