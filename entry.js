/**
 * The file that Harper loads (config.yaml). Plain JavaScript, because it first checks that Node can read TypeScript: on
 * an older Node Harper would start, and its error would be about an unknown file extension.
 */
import './harper-fixes/stripped-types.js';
import { nodeProblem } from './node-check.js';

if (nodeProblem) {
	logger.error?.(nodeProblem);
	const error = new Error(nodeProblem);
	error.stack = nodeProblem; // the stack would not help the reader of the log
	throw error;
}

/** Each class is a path: `/Sign/`, `/History/`, `/Rejection/`, `/Session/`. */
export const { History, Rejection, Session, Sign } = await import('./resources.ts');
