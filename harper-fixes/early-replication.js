/**
 * A thread receives from other nodes when it has loaded this application, and not before.
 *
 * Symptom: Harper tells a new thread which nodes to receive from while the thread still loads. What arrives before it has opened
 * its database is dropped, for good; what arrives before it has loaded this application is merged without late-writes.ts.
 * Test: test/faults/restart.test.ts. Asks Harper that its main thread imports this file (config.yaml, `extensionModule`)
 * before it makes threads, and for three of its messages. Plain JavaScript that imports nothing of Harper: in the main thread
 * that would start a second Harper. Delete when Harper subscribes a thread after it has loaded.
 */
import './full-disk.js';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.on('worker', holdSubscriptions);

/** The main thread's messages by which a thread begins and ends to receive from a node. */
const SUBSCRIPTIONS = new Set(['subscribe-to-node', 'unsubscribe-from-node']);

/**
 * Holds these messages back, in their order, until the thread says that it has loaded.
 * @param {import('node:worker_threads').Worker} thread
 */
function holdSubscriptions(thread) {
	const post = thread.postMessage.bind(thread);
	/** @type {Parameters<typeof post>[]} */
	const held = [];
	let isLoaded = false;
	thread.postMessage = (message, ...rest) => {
		if (!isLoaded && SUBSCRIPTIONS.has(message?.type)) held.push([message, ...rest]);
		else post(message, ...rest);
	};
	thread.on('message', (message) => {
		if (message?.type !== 'child_started') return;
		isLoaded = true;
		for (const args of held.splice(0)) post(...args);
	});
}
