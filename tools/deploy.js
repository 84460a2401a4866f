/** `npm run deploy`. Plain JavaScript, so that it can report a Node that cannot read TypeScript. */
import { nodeProblem } from '../node-check.js';

if (nodeProblem) {
	console.error(`${nodeProblem}. "npm run deploy" brings Node 24.`);
	process.exit(1);
}
await import('./deploy.ts');
