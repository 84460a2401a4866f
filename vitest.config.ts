import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

/** `expect.poll` waits as long as the tests' own Feed does. */
const poll = { timeout: 10_000, interval: 20 };
const timeouts = { testTimeout: 30_000, hookTimeout: 90_000, expect: { poll } };

/** One Harper for all files that need nothing of their own; they share it by using signs of their own. */
const shared = { ...timeouts, globalSetup: 'test/support/shared-harper.ts' };

/** Pure functions: no Harper is started. */
const unit: TestProjectConfiguration = { test: { ...timeouts, name: 'unit', include: ['test/unit/*.test.ts'] } };

/** The slowest ones run with the faults, so that `npm test` takes less than four minutes. */
const SLOW = [
	'test/page/browsers.test.ts', // the page in Chromium, Firefox and WebKit
	'test/page/access.test.ts',
	'test/page/drafts.test.ts',
	'test/page/session.test.ts',
	'test/page/tabs.test.ts',
	'test/page/notice.test.ts',
	'test/page/find.test.ts',
	'test/page/kiosk.test.ts',
	'test/page/screens.test.ts',
	'test/page/send-to-many.test.ts',
	'test/page/truth.test.ts',
	'test/contract/bridge.test.ts',
	'test/contract/later-field.test.ts',
	'test/contract/logins.test.ts',
	'test/contract/real-clients.test.ts',
	'test/contract/real-devices.test.ts',
	'test/programs/device.test.ts',
];

/** Each is alone on the machine: they measure, fill disks, or see what a busy machine would hide. */
const ALONE = [
	'test/deploy/proxies.test.ts',
	'test/faults/{bench,clock,compare,cut,disk,flood,guesses,malformed,many-signs,memory,soak,subscribers}.test.ts',
	'test/page/cost.test.ts', // what the page costs in a browser
];

/** The contract over every protocol, and the project's programs as a user starts them. */
const suite: TestProjectConfiguration = {
	test: { ...shared, name: 'suite', include: ['test/contract/*.test.ts', 'test/programs/*.test.ts'], exclude: SLOW },
};

/** The page in a browser, on a Harper of its own: its wall has no other test's signs. */
const page: TestProjectConfiguration = {
	test: {
		...shared,
		name: 'page',
		include: ['test/page/*.test.ts'],
		exclude: [...SLOW, ...ALONE],
		testTimeout: 60_000,
	},
};

/** The first part of `npm run test:faults`: kills servers, deploys, starts browsers and clusters; two files at a time. */
const slow: TestProjectConfiguration = {
	test: {
		...shared,
		name: 'slow',
		include: [...SLOW, 'test/faults/*.test.ts', 'test/deploy/*.test.ts'],
		exclude: ALONE,
		testTimeout: 60_000,
		sequence: { groupOrder: 1 },
	},
};

/** The second part: floods servers, cuts networks, measures; one file at a time. */
const alone: TestProjectConfiguration = {
	test: {
		...shared,
		name: 'alone',
		include: ALONE,
		testTimeout: 60_000,
		fileParallelism: false,
		sequence: { groupOrder: 2 },
	},
};

export default defineConfig({
	test: { projects: [unit, suite, page, slow, alone], reporters: ['verbose'], maxWorkers: 2 },
});
