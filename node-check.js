/**
 * Whether this Node can run the application. Plain JavaScript, because it is asked where TypeScript cannot be read: by
 * `npm start`, by `npm run deploy` and, on a server, by the first file that Harper loads.
 */

/** What is wrong with this Node; empty when nothing is. */
export const nodeProblem = process.features.typescript
	? ''
	: `Node ${process.version} cannot run TypeScript, which this application is written in: use Node 22.18 or later`;
