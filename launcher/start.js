/**
 * `npm start`, and with the argument `cluster` `npm run cluster`. Plain JavaScript, so that it can report a Node that cannot
 * read TypeScript. Harper would start on such a Node, and answer every request with 500.
 */
import { nodeProblem } from '../node-check.js';

if (nodeProblem) {
	console.error(`${nodeProblem}. "npm start" brings Node 24.`);
	process.exit(1);
}
await import(process.argv[2] === 'cluster' ? './start-cluster.ts' : './start.ts');
