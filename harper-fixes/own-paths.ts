/**
 * The classes of this application by their paths (entry.js). Shared by the cures for HTTP: delete it with the last of
 * them.
 */

/** The class that a URL addresses, also with an ending that Harper removes: `/Sign`, `/Sign/x`, `/Sign.json?limit(1)`. */
export const classOf = (url: string) => /^\/(Sign|History|Rejection|Session)(?![\w-])/.exec(url)?.[1];

/** Whether a URL addresses a whole table, with or without a query: `/Sign`, `/Sign/?limit(1)`. */
export const isWhole = (url: string) => /^\/[\w.]+\/?(?:\?|$)/.test(url);
