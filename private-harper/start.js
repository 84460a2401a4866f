/**
 * `npm start`, and with the word `cluster` `npm run cluster`. Plain JavaScript, because its first task is to say so when
 * this Node cannot read TypeScript: Harper itself would start on it, and answer every request with 500.
 */
import { nodeProblem } from '../node-check.js';

if (nodeProblem) {
	console.error(`${nodeProblem}. "npm start" brings Node 24.`);
	process.exit(1);
}
await import(process.argv[2] === 'cluster' ? './start-cluster.ts' : './start.ts');
