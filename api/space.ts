/**
 * Whether there is space to store a write. Below a floor writes are refused, and all else goes on: reading, events, and the
 * little that Harper itself writes. Below a lower floor harper-fixes/full-disk.js holds back those writes too.
 */
import { freeSpaceForSigns } from '../harper-fixes/free-space.ts';
import { Refusal } from '../sign/refusal.ts';

/** In bytes, of the file system that the signs are stored on. */
const MIN_FREE_BYTES = 64 * 2 ** 20;

export const hasSpace = () => freeSpaceForSigns(MIN_FREE_BYTES) > MIN_FREE_BYTES;

/** @throws {Refusal} 507, when there is no space to store a write */
export function requireSpace(): void {
	if (!hasSpace()) throw new Refusal('the server has no space left to store this: try again later', 507);
}
