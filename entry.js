/**
 * What Harper loads of this application (config.yaml). Plain JavaScript, because its first task is to say so when the
 * Node that Harper runs on cannot read TypeScript: Harper itself would start on it, and name a file extension.
 */
import { nodeProblem } from './node-check.js';

if (nodeProblem) {
	logger.error?.(nodeProblem);
	const error = new Error(nodeProblem);
	error.stack = nodeProblem; // where it was thrown mends nothing
	throw error;
}

/** Each class is a path: `/Sign/`, `/Rejection/`, `/Session/`. */
export const { Rejection, Session, Sign } = await import('./resources.ts');
