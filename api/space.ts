/**
 * Whether there is space to store a write. Below a minimum, writes are refused; reads, events and Harper's own small
 * writes continue. Below a lower minimum harper-fixes/full-disk.js delays Harper's writes too.
 */
import { freeSpaceForSigns } from '../harper-fixes/free-space.ts';
import { Refusal } from '../sign/refusal.ts';

/** Of the file system that stores the signs. */
const MIN_FREE_BYTES = 64 * 2 ** 20;

export const hasSpace = () => freeSpaceForSigns(MIN_FREE_BYTES) > MIN_FREE_BYTES;

/** @throws {Refusal} 507, when there is no space to store a write */
export function requireSpace(): void {
	if (!hasSpace()) throw new Refusal('the server has no space left to store this: try again later', 507);
}
