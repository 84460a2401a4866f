/** The free space of the disk that the signs are stored on. Used with full-disk.js, and to be deleted with it. */
import { freeSpace } from './full-disk.js';
import { store } from './internals.ts';

/** In bytes; 0 when the disk is read-only. `min` is what the caller needs: the closer to it, the sooner the disk is read again. */
export const freeSpaceForSigns = (min: number) => freeSpace(store('Sign').env.path, min);
