/**
 * `npm start`, and with the word `cluster` `npm run cluster`. Plain JavaScript, because its first task is to say so when
 * this Node cannot read TypeScript: Harper itself would start on it, and answer every request with 500.
 */
if (process.features.typescript) {
	await import(process.argv[2] === 'cluster' ? './start-cluster.ts' : './start.ts');
} else {
	console.error(`Node ${process.version} cannot run TypeScript, which this application is written in.
Run it with "npm start", which brings Node 24, or use Node 22.18 or later.`);
	process.exit(1);
}
