/**
 * Whether there is space to store a write. Below a floor writes are refused, and all else goes on: reading, events, and the
 * little that Harper itself writes, until harper-fixes/full-disk.js holds that back too. Touches no row.
 */
import { freeSpace } from './harper-fixes/full-disk.js';
import { Refusal } from './sign.ts';
import { store } from './store.ts';

/** In bytes, of the file system that the signs are stored on. */
const FLOOR = 64 * 2 ** 20;

export const hasSpace = () => freeSpace(store().env.path, FLOOR) > FLOOR;

/** @throws {Refusal} 507, when there is no space for what a client wants to have stored */
export function needSpace(): void {
	if (!hasSpace()) throw new Refusal('the server has no space left to store this: try again later', 507);
}
