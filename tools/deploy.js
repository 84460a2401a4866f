/** `npm run deploy`. Plain JavaScript, because its first task is to say so when this Node cannot read TypeScript. */
import { nodeProblem } from '../node-check.js';

if (nodeProblem) {
	console.error(`${nodeProblem}. "npm run deploy" brings Node 24.`);
	process.exit(1);
}
await import('./deploy.ts');
