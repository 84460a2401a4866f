/**
 * Delays replication to a thread until it has loaded this application.
 *
 * Symptom: Harper tells a new thread which nodes to receive from while the thread still loads. A write that arrives
 * before the thread has opened its database is dropped for good; a write that arrives before it has loaded this
 * application is merged without late-writes.ts.
 * Test: test/faults/restart.test.ts.
 * Check: none, because two bare nodes, which load in a moment, lost nothing in six restarts under writes.
 * Depends on: the main thread imports this file (config.yaml, `extensionModule`) before it creates threads; the
 * messages `subscribe-to-node`, `unsubscribe-from-node` and `child_started`.
 * Delete when Harper subscribes a thread after it has loaded.
 *
 * Plain JavaScript that imports nothing of Harper: in the main thread an import of Harper would start a second Harper.
 */
import './broken-output.js';
import './stripped-types.js';
import './full-disk.js';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.on('worker', delaySubscriptions);

/** The messages that start and stop a subscription to another node. */
const SUBSCRIPTIONS = new Set(['subscribe-to-node', 'unsubscribe-from-node']);

/**
 * Keeps these messages, in order, until the thread reports that it has loaded.
 * @param {import('node:worker_threads').Worker} thread
 */
function delaySubscriptions(thread) {
	const post = thread.postMessage.bind(thread);
	/** @type {Parameters<typeof post>[]} */
	const delayed = [];
	let isLoaded = false;
	thread.postMessage = (message, ...rest) => {
		if (!isLoaded && SUBSCRIPTIONS.has(message?.type)) delayed.push([message, ...rest]);
		else post(message, ...rest);
	};
	thread.on('message', (message) => {
		if (message?.type !== 'child_started') return;
		isLoaded = true;
		for (const args of delayed.splice(0)) post(...args);
	});
}
