/**
 * Lets a thread hear other nodes when it has loaded this application, and not before. Harper's main thread imports this file
 * before it makes the others (config.yaml). Plain JavaScript that imports nothing of Harper: in the main thread that would
 * start a second one. To be looked at first when Harper's threads change.
 *
 * Harper tells a new thread which nodes to hear while it still loads. What those tell before the thread has opened its
 * database is then dropped, for good; and what they tell before it has loaded this application is merged without the rules
 * of convergence.ts.
 */
import './harper-fixes/full-disk.js';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.on('worker', holdReplication);

/** The messages of the main thread by which a thread begins and ends to hear a node. */
const ABOUT_NODES = new Set(['subscribe-to-node', 'unsubscribe-from-node']);

/**
 * Keeps those messages back, in their order, until the thread tells that it has loaded what it can.
 * @param {import('node:worker_threads').Worker} thread
 */
function holdReplication(thread) {
	const post = thread.postMessage.bind(thread);
	/** @type {Parameters<typeof post>[]} */
	const held = [];
	let isLoaded = false;
	thread.postMessage = (message, ...rest) => {
		if (!isLoaded && ABOUT_NODES.has(message?.type)) held.push([message, ...rest]);
		else post(message, ...rest);
	};
	thread.on('message', (message) => {
		if (message?.type !== 'child_started') return;
		isLoaded = true;
		for (const args of held.splice(0)) post(...args);
	});
}
