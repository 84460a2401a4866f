/** The free space of the disk that stores the signs. Part of full-disk.js: delete them together. */
import { freeSpace } from './full-disk.js';
import { store } from './internals.ts';

/** Free bytes; 0 when the disk is read-only. `min` is what the caller needs: near it the disk is checked more often. */
export const freeSpaceForSigns = (min: number) => freeSpace(store('Sign').env.path, min);
