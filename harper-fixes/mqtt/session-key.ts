/**
 * The client id by which Harper finds a session and a will: with the account before it. Harper knows the client id alone, and let
 * one account read or overwrite what was stored for another. Delete when a session belongs to an account.
 */
import type { User } from '../internals.ts';

/** What the keys of all sessions of an account begin with. A name may hold a slash: `a/b` with `c` is not `a` with `b/c`. */
export const keysOf = (user: User) => `${user?.username.replace(/[%/]/g, encodeURIComponent)}/`;
