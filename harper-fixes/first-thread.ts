/** What only one thread of a node does. Delete it with the last file that calls it. */
import { workerData } from 'node:worker_threads';

/** Whether this is the first of the node's threads that serve requests. */
export const isFirstThread = () => (workerData?.workerIndex ?? 0) === 0;
